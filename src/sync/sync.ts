/** Makes the table equal to the configuration: read, plan, write, report. No global is touched. */
import { randomUUID } from 'node:crypto';
import type { Repository } from 'typeorm';
import type { AuthType } from '../config/definition';
import type { ConnectionsDocument } from '../config/document';
import type { Environment } from '../config/variables';
import { authTypeList } from '../config/load';
import { byName } from '../config/names';
import { parseConnections, type ParsedConnections } from '../config/parse';
import { storedTextFault } from '../config/fields/text';
import type { ConnectionConfig } from '../entities';
import { toInstant } from '../entities/instant';
import { ConnectionsError, quote } from '../errors';
import { type OptionChecks, callback, checkOptions, milliseconds, object } from '../options';
import { pause } from '../pauses';
import { type SyncPlan, type SyncPlanOptions, isEmptyPlan, planChecks, planConnectionSync } from './plan';
import type { ConnectionConfigPort, SyncWrites } from './port';
import { type SyncReport, syncReport } from './report';
import { repositoryPort } from './repository-port';

/** How a sync reads the configuration, decides and writes. */
export interface SyncOptions extends SyncPlanOptions {
  /** For `${VAR}` in a configuration that is not parsed yet; default none: nothing is read from the process. */
  readonly environment?: Environment | undefined;
  /** Which entries of a configuration that is not parsed yet are kept; default `['oauth2']`. */
  readonly authTypes?: readonly AuthType[] | undefined;
  /** Milliseconds to wait for another transaction; default 30,000, on MariaDB rounded up to seconds. */
  readonly lockTimeoutMs?: number | undefined;
  /** Instant of what is written, asked once for each attempt; default the system's clock. */
  readonly now?: (() => Date) | undefined;
  /** Id of a new row, at most 36 characters, never one that is taken; default `randomUUID`. */
  readonly newId?: (() => string) | undefined;
}

export const syncChecks: OptionChecks<SyncOptions> = {
  ...planChecks,
  environment: object,
  authTypes: authTypeList,
  lockTimeoutMs: milliseconds(),
  now: callback,
  newId: callback,
};

/** How often others may get in between before a sync gives up. */
const MAX_ROUNDS = 20;

/**
 * How often the same new rows may be refused again. Had another process inserted them, the next read would have found them, so
 * something else refuses them.
 */
const MAX_REFUSALS = 4;

const MAX_SOURCE_LENGTH = 255;

/** Replicas that got in each other's way try again at different times. */
const LONGEST_PAUSE_MS = 100;

/**
 * Makes the table equal to a document: reads the table, plans, and writes the differences in one transaction.
 * @param config the document as a value or as JSON text, or what `parseConnections` or `loadConnections` returned
 * @param repo the TypeORM repository of `ConnectionConfig`, which may belong to a transaction of the host; or a port
 * @param options default: the source `default`, entries with `auth_type: oauth2`, and rows of entries that are no longer
 * declared are marked as removed
 * @returns what was done, by name; entries with errors are in `rejected` and do not stop the others
 * @throws ConnectionsError `option_invalid`, `source_invalid`, `data_source_not_initialized`,
 * `entities_not_registered`, `engine_unsupported`, `tables_missing`, `schema_outdated`, `repository_mismatch`,
 * `database_busy`, `database_failed` or `sync_contended`; nothing was written in any of these cases
 * @example
 * await runConnectionMigrations(dataSource);
 * const report = await syncConnectionConfigs(
 *   { mcpServers: { github: { url: 'https://api.githubcopilot.com/mcp/', auth_type: 'oauth2' } } },
 *   dataSource.getRepository(ConnectionConfig),
 * );
 * console.log(report.created, report.rejected);
 */
export async function syncConnectionConfigs(
  config: ConnectionsDocument | ParsedConnections | string,
  repo: Repository<ConnectionConfig> | ConnectionConfigPort,
  options: SyncOptions = {},
): Promise<SyncReport> {
  checkOptions('syncConnectionConfigs', options, syncChecks);
  requireSource(options.source);
  const { now = () => new Date(), newId = randomUUID, environment, authTypes } = options;
  const { source, onRemoved, onChanged, allowEmpty } = options;
  const declared = parseConnections(config, {
    ...(environment && { environment }),
    ...(authTypes && { authTypes }),
  });
  const planOptions = { source, onRemoved, onChanged, allowEmpty };
  const port = portOf(repo, options.lockTimeoutMs);
  let wanted = '';
  let refusals = 0;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (round > 0) await pause(Math.random() * LONGEST_PAUSE_MS);
    const plan = planConnectionSync(declared, await port.read(round > 0), planOptions);
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
    `Other processes changed the same connections ${MAX_ROUNDS} times while this one tried. Nothing was written; ` +
      'sync again, and make sure that replicas are given the same configuration.',
  );
}

function refusedRows({ create }: SyncPlan): ConnectionsError {
  const names = create.slice(0, 5).map(({ name }) => quote(name));
  const listed = create.length > names.length ? `${names.join(', ')} and others` : names.join(', ');
  return new ConnectionsError(
    'database_failed',
    `The database refused the new rows for ${listed}, although no row has those names. Nothing was written. Check for a ` +
      'unique index of your own on another column, a trigger, or an id that `newId` returned twice.',
  );
}

/**
 * A source must fit into its column: SQLite would store a longer one, and elsewhere two could be cut to the same text.
 * @throws ConnectionsError `source_invalid`
 */
export function requireSource(source: unknown): void {
  if (source === undefined) return;
  const isText = typeof source === 'string' && source !== '' && source.length <= MAX_SOURCE_LENGTH;
  if (isText && storedTextFault(source) === undefined) return;
  throw new ConnectionsError(
    'source_invalid',
    `The source ${quote(source)} cannot be stored in \`managed_by\`. Use 1 to ${MAX_SOURCE_LENGTH} characters of ` +
      'well-formed Unicode without NUL.',
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
    'The second argument of `syncConnectionConfigs` is neither a TypeORM repository nor a port. ' +
      'Pass `dataSource.getRepository(ConnectionConfig)`.',
  );
}

/** What a plan writes, with the ids and the instant that it leaves open. */
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
