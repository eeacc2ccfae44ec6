/** A TypeORM repository as the port a sync writes through: a few statements, whatever the number of connections. */
import type { DataSource, Repository } from 'typeorm';
import { engineOf } from '../database/engine';
import { escapedPath } from '../database/path';
import { DEFAULT_LOCK_TIMEOUT_MS } from '../database/migration-runner';
import { runScript } from '../database/script';
import type { ConnectionConfig } from '../entities';
import { requireEntities } from '../entities/preconditions';
import { ConnectionsError, describeError, quote } from '../errors';
import { dataSourceOf } from '../typeorm';
import type { ConnectionConfigPort } from './port';
import type { StoredRow } from './row';
import { comparedColumns } from './row';
import { ConnectionConfigTable } from './table';
import { StaleRows, writeScript } from './write-script';

/** Told by its shape: a repository of another copy of TypeORM is one too. */
export function isRepository(
  repo: Repository<ConnectionConfig> | ConnectionConfigPort,
): repo is Repository<ConnectionConfig> {
  return 'manager' in repo && 'target' in repo;
}

/**
 * The port over a repository; one from `manager.getRepository` inside a transaction takes part in it.
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered` or `repository_mismatch`
 */
export function repositoryPort(repo: Repository<ConnectionConfig>): ConnectionConfigPort {
  const dataSource = dataSourceOf(repo.manager);
  requireEntities(dataSource);
  const table = tableOf(dataSource, repo);
  const engine = engineOf(dataSource);
  const { queryRunner } = repo.manager;
  const hostRunner = queryRunner?.isTransactionActive ? queryRunner : undefined;

  return {
    inHostTransaction: hostRunner !== undefined,

    async read() {
      try {
        const rows: Record<string, unknown>[] = await repo.manager.query(table.select());
        return rows.map(storedRow);
      } catch (error) {
        throw databaseError(dataSource, error, 'Reading the connections');
      }
    },

    async apply(writes) {
      const script = () => writeScript(table, engine, writes);
      try {
        if (hostRunner) await runScript(hostRunner, script());
        else await engine.transact(dataSource, script, DEFAULT_LOCK_TIMEOUT_MS);
        return true;
      } catch (error) {
        const failure = engine.failure(error);
        if (error instanceof StaleRows || failure === 'duplicate_key') return false;
        if (failure === 'contended' && !hostRunner) return false;
        throw databaseError(dataSource, error, 'Writing the connections');
      }
    },
  };
}

function tableOf(dataSource: DataSource, repo: Repository<ConnectionConfig>): ConnectionConfigTable {
  const { metadata } = repo;
  const missing = [...comparedColumns, 'managedBy', 'removedAt'].filter(
    (property) => !metadata.findColumnWithPropertyName(property),
  );
  if (missing.length > 0) {
    throw new ConnectionsError(
      'repository_mismatch',
      `The repository is of ${quote(metadata.targetName)}, which has no ${missing[0]}. ` +
        'Give `syncConnectionConfigs` the result of `dataSource.getRepository(ConnectionConfig)`.',
    );
  }
  return new ConnectionConfigTable(
    escapedPath(dataSource, metadata.tablePath),
    (name) => dataSource.driver.escape(name),
    (property) => metadata.findColumnWithPropertyName(property)?.databaseName ?? property,
  );
}

function storedRow(raw: Record<string, unknown>): StoredRow {
  return { ...(raw as unknown as StoredRow), enabled: Boolean(Number(raw['enabled'])) };
}

function databaseError(dataSource: DataSource, error: unknown, doing: string): ConnectionsError {
  if (error instanceof ConnectionsError) return error;
  const engine = engineOf(dataSource);
  const because = `(${engine.label}: ${describeError(error)})`;
  switch (engine.failure(error)) {
    case 'missing_table':
      return new ConnectionsError(
        'tables_missing',
        `${doing} failed: the tables are not there ${because}. ` +
          'Call `await runConnectionMigrations(dataSource)` before `syncConnectionConfigs`.',
        { cause: error },
      );
    case 'missing_column':
      return new ConnectionsError(
        'schema_outdated',
        `${doing} failed: the table lacks a column ${because}. ` +
          'Call `await runConnectionMigrations(dataSource)` before `syncConnectionConfigs`.',
        { cause: error },
      );
    case 'busy':
    case 'contended':
      return new ConnectionsError(
        'database_busy',
        `${doing} waited too long for another transaction ${because}. Nothing was written; sync again when it has ended.`,
        { cause: error },
      );
    default:
      return new ConnectionsError(
        'database_failed',
        `${doing} failed and nothing was written ${because}. The connection pool is usable; sync again when the database is.`,
        { cause: error },
      );
  }
}
