/**
 * Decides what a sync will do, from what is declared and what is stored: no database, no clock, no ids.
 * Rows of other sources are never in what it decides.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../config/definition';
import { byName } from '../config/names';
import type { ParsedConnections } from '../config/parsed-connections';
import type { DeclaredRow, StoredRow } from './row';
import { comparedColumns, declaredRow, isJsonColumn } from './row';

/** How a sync decides; the defaults follow the declaration and remove nothing for good. */
export interface SyncPlanOptions {
  /**
   * Name of the declared source, kept in `managed_by`, at most 255 characters; default `default`. Hosts that share a
   * table give each its own.
   */
  readonly source?: string;
  /**
   * What happens to a row of this source that is no longer declared; default `disable`: it gets `removed_at`, and
   * `enabled` stays. `delete` deletes rows that were marked earlier too.
   */
  readonly onRemoved?: 'disable' | 'keep' | 'delete';
  /**
   * What happens to a row that differs from its declaration; default `update`. `keep` makes a sync create only: it
   * takes no row over and brings none back.
   */
  readonly onChanged?: 'update' | 'keep';
  /** Lets a readable configuration that declares nothing remove everything; default `false`. */
  readonly allowEmpty?: boolean;
}

/** One field of a row that differs from its declaration; no field holds a secret. */
export interface FieldChange {
  /** Property of `ConnectionConfig`, as in `oauthScopes`. */
  readonly field: string;
  /** What the row has; a JSON column that does not hold JSON comes as its text. */
  readonly from: JsonValue;
  /** What the declaration asks for. */
  readonly to: JsonValue;
}

/** What differs between a row and its declaration. */
export interface ConnectionChange {
  /** Key of the entry in the document. */
  readonly name: string;
  /** At least one for an update; may be empty for a row that is taken over. */
  readonly changes: readonly FieldChange[];
}

/** Something the sync saw and, as it was told, did not do. */
export interface WithheldChange {
  /** Of the row that stays as it is. */
  readonly name: string;
  /**
   * `nothing_declared`: the configuration is empty, without `allowEmpty`, or could not be read.
   * `removed_rows_are_kept` and `changed_rows_are_kept`: `onRemoved` or `onChanged` is `keep`.
   */
  readonly reason: 'nothing_declared' | 'removed_rows_are_kept' | 'changed_rows_are_kept';
}

/** A declared name that another source's row has. */
export interface SyncConflict {
  /** Key of the entry in the document. */
  readonly name: string;
  /** The source that owns the row. */
  readonly managedBy: string;
}

/** A row that is to become what its declaration says. */
export interface PlannedUpdate extends ConnectionChange {
  /** As it was read. */
  readonly stored: StoredRow;
  /** As it is to be. */
  readonly row: DeclaredRow;
}

/** What a sync would do, list by list; each is in the order of names unless it says otherwise. */
export interface SyncPlan {
  /** Name of the declared source that the rows will belong to. */
  readonly source: string;
  /** Declared connections that have no row. */
  readonly create: readonly DeclaredRow[];
  /** Rows of this source that differ from their declaration. */
  readonly update: readonly PlannedUpdate[];
  /** Rows that nobody owned and this source takes over. */
  readonly adopt: readonly PlannedUpdate[];
  /** Rows of this source that are no longer declared. */
  readonly remove: readonly {
    /** As it was read. */
    readonly stored: StoredRow;
    /** `disabled`: it gets `removed_at`; `deleted`: it goes. */
    readonly action: 'disabled' | 'deleted';
  }[];
  /** Names whose rows are as declared. */
  readonly unchanged: readonly string[];
  /** Rows that are left although they differ, then those that are left although they are not declared. */
  readonly withheld: readonly WithheldChange[];
  /** Names that another source owns; its rows are left. */
  readonly conflicts: readonly SyncConflict[];
}

const DEFAULT_SOURCE = 'default';

/**
 * The changes that make the stored rows equal to the declared connections.
 * @param declared as `parseConnections` gives it; names it rejected are left as they stand
 * @param stored every row of the table, those of other sources too
 * @param options default: the source `default`, removed rows marked, changed ones updated
 * @returns what to do, with nothing done; two calls with the same data give the same plan
 */
export function planConnectionSync(
  declared: ParsedConnections,
  stored: readonly StoredRow[],
  options: SyncPlanOptions = {},
): SyncPlan {
  const source = options.source ?? DEFAULT_SOURCE;
  const definitions = [...declared.connections.values()]
    .filter(({ authType }) => declared.authTypes.includes(authType))
    .toSorted(byName);
  const rows = new Map<string, StoredRow>();
  for (const row of stored) rows.set(row.name, row);
  const create: DeclaredRow[] = [];
  const update: PlannedUpdate[] = [];
  const adopt: PlannedUpdate[] = [];
  const unchanged: string[] = [];
  const withheld: WithheldChange[] = [];
  const conflicts: SyncConflict[] = [];

  let matched = 0;
  for (const definition of definitions) {
    const row = declaredRow(definition);
    const current = rows.get(row.name);
    if (current) matched += 1;
    if (!current) create.push(row);
    else if (current.managedBy !== null && current.managedBy !== source) {
      conflicts.push({ name: row.name, managedBy: current.managedBy });
    } else if (current.managedBy === source && isSame(row, current)) unchanged.push(row.name);
    else if (options.onChanged === 'keep') withheld.push({ name: row.name, reason: 'changed_rows_are_kept' });
    else {
      const planned = { name: row.name, stored: current, row, changes: differences(row, current) };
      if (current.managedBy === null) adopt.push(planned);
      else update.push(planned);
    }
  }

  const undeclared = matched === rows.size ? [] : notIn(definitions, stored);
  const orphaned = undeclared
    .filter(({ name, managedBy }) => managedBy === source && !declared.rejected.has(name))
    .toSorted(byName);
  const { remove, kept } = removals(orphaned, options, declared.readable, definitions.length === 0);
  withheld.push(...kept);
  return { source, create, update, adopt, remove, unchanged, withheld, conflicts };
}

function notIn(definitions: readonly { readonly name: string }[], stored: readonly StoredRow[]): StoredRow[] {
  const names = new Set(definitions.map(({ name }) => name));
  return stored.filter(({ name }) => !names.has(name));
}

/** Whether carrying the plan out would write nothing. */
export function isEmptyPlan({ create, update, adopt, remove }: SyncPlan): boolean {
  return create.length + update.length + adopt.length + remove.length === 0;
}

function removals(
  undeclared: readonly StoredRow[],
  { onRemoved = 'disable', allowEmpty = false }: SyncPlanOptions,
  readable: boolean,
  nothingDeclared: boolean,
): { remove: SyncPlan['remove']; kept: WithheldChange[] } {
  const standing =
    onRemoved === 'delete' ? undeclared : undeclared.filter(({ removedAt }) => removedAt === null);
  const keep = (reason: WithheldChange['reason']) => standing.map(({ name }) => ({ name, reason }));
  if (!readable || (nothingDeclared && !allowEmpty)) return { remove: [], kept: keep('nothing_declared') };
  if (onRemoved === 'keep') return { remove: [], kept: keep('removed_rows_are_kept') };
  const action = onRemoved === 'delete' ? 'deleted' : 'disabled';
  return { remove: standing.map((stored) => ({ stored, action })), kept: [] };
}

/** Written out, since every row goes through it: a loop over the names of the columns takes three times as long. */
function isSame(row: DeclaredRow, stored: StoredRow): boolean {
  return (
    row.displayName === stored.displayName &&
    row.description === stored.description &&
    row.url === stored.url &&
    row.transport === stored.transport &&
    row.authType === stored.authType &&
    row.oauthClientId === stored.oauthClientId &&
    row.oauthAuthorizeUrl === stored.oauthAuthorizeUrl &&
    row.oauthTokenUrl === stored.oauthTokenUrl &&
    row.oauthRedirectUri === stored.oauthRedirectUri &&
    row.oauthScopes === stored.oauthScopes &&
    row.iconUrl === stored.iconUrl &&
    stored.removedAt === null &&
    (row.enabled === null || row.enabled === stored.enabled) &&
    isSameJson(row.oauthOptions, stored.oauthOptions) &&
    isSameJson(row.extraConfig, stored.extraConfig)
  );
}

function differences(row: DeclaredRow, stored: StoredRow): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of comparedColumns) {
    const from = stored[field];
    const to = row[field];
    if (from === to || (isJsonColumn(field) && isSameJson(to, from))) continue;
    changes.push(isJsonColumn(field) ? { field, from: parsed(from), to: parsed(to) } : { field, from, to });
  }
  if (row.enabled !== null && row.enabled !== stored.enabled) {
    changes.push({ field: 'enabled', from: stored.enabled, to: row.enabled });
  }
  if (stored.removedAt !== null) changes.push({ field: 'removedAt', from: stored.removedAt, to: null });
  return changes;
}

/** Two JSON texts may differ in spacing or in the order of keys and say the same. */
function isSameJson(a: string | null, b: string | null): boolean {
  return a === b || isDeepStrictEqual(parsed(a), parsed(b));
}

/** A hand-edited column may hold anything: what is not JSON is compared, and reported, as text. */
function parsed(text: string | null): JsonValue {
  if (text === null) return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
