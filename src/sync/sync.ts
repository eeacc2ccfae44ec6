/** Makes the table equal to the document: read, plan, write, report. It uses no global state. */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { Repository } from 'typeorm';
import type { AuthType } from '../config/definition';
import type { Environment } from '../config/interpolate';
import { byName } from '../config/names';
import { parseConnections } from '../config/parse';
import { storedTextFault } from '../config/stored-text';
import type { ConnectionConfig } from '../entities';
import { toInstant } from '../entities/instant';
import { ConnectionsError, quote } from '../errors';
import type { SyncPlan, SyncPlanOptions } from './plan';
import { isEmptyPlan, planConnectionSync } from './plan';
import type { ConnectionConfigPort, SyncWrites } from './port';
import type { SyncReport } from './report';
import { syncReport } from './report';
import { repositoryPort } from './repository-port';

/** Options of a sync. */
export interface SyncOptions extends SyncPlanOptions {
  /** Variables for `${VAR}` in a document that is not parsed yet; default none, `process.env` is not read. */
  readonly environment?: Environment;
  /** The `auth_type`s to store from a document that is not parsed yet; default `['oauth2']`. */
  readonly authTypes?: readonly AuthType[];
  /** Milliseconds to wait for a lock of another transaction; default 30,000; rounded up to seconds on MariaDB. */
  readonly lockTimeoutMs?: number;
  /** Clock for `created_at`, `updated_at` and `removed_at`, called once for each attempt; default the system clock. */
  readonly now?: () => Date;
  /** Generates the unique id of a new row, at most 36 characters; default `randomUUID`. */
  readonly newId?: () => string;
}

/** Attempts, with changes of other processes in between, before a sync gives up. */
const MAX_ROUNDS = 20;

/**
 * How often the same inserts may fail as duplicates before the cause must be something other than a concurrent sync,
 * whose rows the next read would show.
 */
const MAX_REFUSALS = 4;

const MAX_SOURCE_LENGTH = 255;

/** Of the random pause before another attempt, so that competing replicas do not collide again. */
const LONGEST_PAUSE_MS = 100;

/**
 * Makes the connection table equal to a document, in one transaction.
 * @param config the document as an object or JSON text, or the result of `parseConnections`
 * @param repo a TypeORM repository of `ConnectionConfig`, which may belong to a transaction of the host, or a port
 * @param options default: source `default`, entries with `auth_type: oauth2`, disable removed rows
 * @returns what was done, by name; invalid entries are in `rejected` and do not affect the others
 * @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered`, `engine_unsupported`,
 * `tables_missing`, `schema_outdated`, `repository_mismatch`, `source_invalid`, `database_busy`, `database_failed` or
 * `sync_contended`; nothing was written in any of these cases
 * @example
 * const report = await syncConnectionConfigs(document, dataSource.getRepository(ConnectionConfig));
 * console.log(report.created, report.rejected);
 */
export async function syncConnectionConfigs(
  config: unknown,
  repo: Repository<ConnectionConfig> | ConnectionConfigPort,
  options: SyncOptions = {},
): Promise<SyncReport> {
  const { now = () => new Date(), newId = randomUUID } = options;
  requireSource(options.source);
  const declared = parseConnections(config, options);
  const port = portOf(repo, options.lockTimeoutMs);
  let wanted = '';
  let refusals = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (round > 0) await setTimeout(Math.random() * LONGEST_PAUSE_MS);
    const plan = planConnectionSync(declared, await port.read(round > 0), options);
    if (isEmptyPlan(plan) || (await port.apply(writesOf(plan, toInstant(now()), newId)))) {
      return syncReport(declared, plan, !port.inHostTransaction);
    }
    const created = JSON.stringify(plan.create.map(({ name }) => name));
    refusals = plan.create.length > 0 && created === wanted ? refusals + 1 : 0;
    wanted = created;
    if (refusals === MAX_REFUSALS) throw refusedRows(plan);
  }
  throw new ConnectionsError(
    'sync_contended',
    `Other processes changed the same rows during each of the ${MAX_ROUNDS} attempts of this sync. Nothing was written. ` +
      'Sync again, and make sure that all replicas use the same document.',
  );
}

function refusedRows({ create }: SyncPlan): ConnectionsError {
  const names = create.slice(0, 5).map(({ name }) => quote(name));
  const listed = create.length > names.length ? `${names.join(', ')} and others` : names.join(', ');
  return new ConnectionsError(
    'database_failed',
    `The database rejected new rows for ${listed} as duplicates, but no row has those names. Nothing was written. Look for ` +
      'a unique index of your own on another column, a trigger, or a `newId` that returned the same id twice.',
  );
}

/** Checked here because SQLite does not enforce the length, and other databases may cut the text. */
function requireSource(source: string | undefined): void {
  if (source === undefined) return;
  const isStorable = storedTextFault(source) === undefined && source.length <= MAX_SOURCE_LENGTH;
  if (isStorable && source !== '') return;
  throw new ConnectionsError(
    'source_invalid',
    `The option \`source\` is ${quote(source)}, which cannot be stored in \`managed_by\`. Use 1 to ${MAX_SOURCE_LENGTH} ` +
      'characters of well-formed Unicode without NUL.',
  );
}

function portOf(
  repo: Repository<ConnectionConfig> | ConnectionConfigPort,
  lockTimeoutMs: number | undefined,
): ConnectionConfigPort {
  const given: unknown = repo;
  if (typeof given === 'object' && given !== null) {
    if ('manager' in given && 'target' in given) {
      return repositoryPort(given as Repository<ConnectionConfig>, lockTimeoutMs);
    }
    if ('read' in given && 'apply' in given) return given as ConnectionConfigPort;
  }
  throw new ConnectionsError(
    'repository_mismatch',
    'The second argument of `syncConnectionConfigs` is neither a TypeORM repository nor a `ConnectionConfigPort`. Pass ' +
      '`dataSource.getRepository(ConnectionConfig)`.',
  );
}

/** The writes of a plan, with the ids and the instant that the plan does not contain. */
export function writesOf(plan: SyncPlan, at: string, newId: () => string): SyncWrites {
  const removed = (action: 'disabled' | 'deleted') =>
    plan.remove.filter((removal) => removal.action === action).map(({ stored }) => stored);
  return {
    source: plan.source,
    insert: plan.create.map((row) => ({ id: newId(), row })),
    overwrite: [...plan.update, ...plan.adopt].toSorted(byName),
    disable: removed('disabled'),
    delete: removed('deleted'),
    at,
  };
}
