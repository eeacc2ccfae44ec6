/** The engines by the type of a DataSource. */
import type { DataSource } from 'typeorm';
import { ConnectionsError, quote } from '../errors';
import type { Engine } from './engine';
import { mysql } from './mysql/engine';
import { postgres } from './postgres/engine';
import { betterSqlite3, sqlite3 } from './sqlite/engine';

const engines: Readonly<Record<string, Engine>> = {
  'better-sqlite3': betterSqlite3,
  sqlite: sqlite3,
  postgres,
  mysql,
  mariadb: mysql,
};

/**
 * The engine behind a DataSource.
 * @throws ConnectionsError `engine_unsupported`
 */
export function engineOf(dataSource: DataSource): Engine {
  const engine = engines[dataSource.options.type];
  if (engine) return engine;
  throw new ConnectionsError(
    'engine_unsupported',
    `A DataSource of type ${quote(dataSource.options.type)} is not supported. Use one of type ` +
      `${Object.keys(engines).join(', ')}.`,
  );
}
