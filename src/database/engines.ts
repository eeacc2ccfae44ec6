/** The engines by the type of a DataSource. */
import type { DataSource } from 'typeorm';
import type { ServedType } from './data-source-type';
import { servedType } from './data-source-type';
import type { Engine } from './engine';
import { mysql } from './mysql/engine';
import { postgres } from './postgres/engine';
import { betterSqlite3, sqlite3, sqlJs } from './sqlite/engine';

const engines: Readonly<Record<ServedType, Engine>> = {
  'better-sqlite3': betterSqlite3,
  sqlite: sqlite3,
  sqljs: sqlJs,
  postgres,
  mysql,
  mariadb: mysql,
};

/**
 * The engine behind a DataSource.
 * @throws ConnectionsError `engine_unsupported`
 */
export function engineOf(dataSource: DataSource): Engine {
  return engines[servedType(dataSource.options)];
}
