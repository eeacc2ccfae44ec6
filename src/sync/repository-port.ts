/** Implements the port on a TypeORM repository, with a few statements whatever the number of connections. */
import type { DataSource, Repository } from 'typeorm';
import { requireServedType } from '../database/data-source-type';
import { engineOf } from '../database/engines';
import { columnName, escapedPath } from '../database/names';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../database/migration-runner';
import { selectRows } from '../database/session';
import type { ConnectionConfig } from '../entities';
import { requireEntities } from '../entities/preconditions';
import { ConnectionsError, quote } from '../errors';
import { databaseError } from '../database/database-error';
import { dataSourceOf } from '../typeorm';
import type { ConnectionConfigPort } from './port';
import { storedRowShape } from './row';
import { ConnectionConfigTable, StaleRows, writeScript } from './table';

/**
 * Creates a port on a repository. With a repository from `manager.getRepository` inside a transaction, writes take part
 * in that transaction behind a savepoint, so that a failed sync does not abort it.
 * @param lockTimeoutMs milliseconds to wait for another transaction, default 30,000
 * @throws ConnectionsError `engine_unsupported`, `data_source_not_initialized`, `entities_not_registered` or
 * `repository_mismatch`
 */
export function repositoryPort(
  repo: Repository<ConnectionConfig>,
  lockTimeoutMs: number = DEFAULT_LOCK_TIMEOUT_MS,
): ConnectionConfigPort {
  if (typeof repo?.manager !== 'object') throw notARepository();
  const dataSource = dataSourceOf(repo.manager);
  requireServedType(dataSource);
  requireEntities(dataSource);
  const table = tableOf(dataSource, repo);
  const engine = engineOf(dataSource);
  const queryRunner = repo.manager.queryRunner ?? undefined;
  const inHostTransaction = queryRunner?.isTransactionActive === true;
  const session = engine.session(dataSource, { timeoutMs: lockTimeoutMs, queryRunner });

  return {
    inHostTransaction,

    async read(again) {
      const sql = inHostTransaction && again ? `${table.select()}${engine.dialect.rowLock}` : table.select();
      try {
        const rows = await selectRows(session, { sql });
        return rows.map((values) => storedRowShape.row(values));
      } catch (error) {
        throw databaseError(engine, error, 'Reading the connections');
      }
    },

    async apply(writes) {
      try {
        await session.transact(() => writeScript(table, engine.dialect, writes));
        return true;
      } catch (error) {
        const failure = engine.failure(error);
        if (error instanceof StaleRows || failure === 'duplicate_key') return false;
        if (failure === 'contended' && !inHostTransaction) return false;
        throw databaseError(engine, error, 'Writing the connections');
      }
    },
  };
}

function notARepository(): ConnectionsError {
  return new ConnectionsError(
    'repository_mismatch',
    'The argument is not a TypeORM repository. Pass `dataSource.getRepository(ConnectionConfig)`.',
  );
}

function tableOf(dataSource: DataSource, repo: Repository<ConnectionConfig>): ConnectionConfigTable {
  const { metadata } = repo;
  const missing = storedRowShape.properties.filter(
    (property) => !metadata.findColumnWithPropertyName(property),
  );
  if (missing.length > 0) {
    throw new ConnectionsError(
      'repository_mismatch',
      `The repository is for the entity ${quote(metadata.targetName)}, which has no property ${quote(missing[0])}. Pass ` +
        '`dataSource.getRepository(ConnectionConfig)` instead.',
    );
  }
  return new ConnectionConfigTable(
    escapedPath(dataSource, metadata.tablePath),
    (name) => dataSource.driver.escape(name),
    (property) => columnName(metadata, property),
  );
}
