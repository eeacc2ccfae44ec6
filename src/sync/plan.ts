/**
 * Computes what a sync has to change, from the declared connections and the stored rows. It is pure: no database, no
 * clock, no ids. It never plans a change to rows of another source.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../config/definition';
import { byName } from '../config/names';
import type { ParsedConnections } from '../config/parse';
import { type OptionChecks, anything, checkOptions, flag, oneOf } from '../options';
import { type DeclaredRow, type StoredRow, comparedColumns, declaredRow, isJsonColumn } from './row';

/** What a sync may change; by default rows follow their declarations and no row is deleted. */
export interface SyncPlanOptions {
  /**
   * Name of the source that owns the rows, stored in `managed_by`; 1 to 255 characters, default `default`. Hosts that
   * share a table need a different name each.
   */
  readonly source?: string | undefined;
  /**
   * What happens to a row of this source that is no longer declared. `disable` (default) sets `removed_at` and leaves
   * `enabled` alone; `keep` leaves the row alone; `delete` deletes it, and also rows that were disabled earlier.
   */
  readonly onRemoved?: 'disable' | 'keep' | 'delete' | undefined;
  /**
   * What happens to a row that differs from its declaration. `update` (default) overwrites it; with `keep` a sync
   * neither updates, adopts nor restores rows.
   */
  readonly onChanged?: 'update' | 'keep' | undefined;
  /** Whether a readable document that declares nothing removes every row of the source; default `false`. */
  readonly allowEmpty?: boolean | undefined;
}

/** A field in which a row differs from its declaration; no field contains a secret. */
export interface FieldChange {
  /** Property name of `ConnectionConfig`, such as `oauthScopes`. */
  readonly field: string;
  /** Value in the row; the text itself for a JSON column that does not contain JSON. */
  readonly from: JsonValue;
  /** Value in the declaration. */
  readonly to: JsonValue;
}

/** The differences between a row and its declaration. */
export interface ConnectionChange {
  /** Key of the entry in the document. */
  readonly name: string;
  /** At least one for an update; may be empty for an adopted row. */
  readonly changes: readonly FieldChange[];
}

/** A change that the sync found but was not allowed to make. */
export interface WithheldChange {
  /** Name of the connection whose row is not changed. */
  readonly name: string;
  /**
   * `nothing_declared`: the document could not be read, or is empty and `allowEmpty` is not set.
   * `removed_rows_are_kept`: `onRemoved` is `keep`. `changed_rows_are_kept`: `onChanged` is `keep`.
   */
  readonly reason: 'nothing_declared' | 'removed_rows_are_kept' | 'changed_rows_are_kept';
}

/** A declared connection whose row belongs to another source. */
export interface SyncConflict {
  /** Key of the entry in the document. */
  readonly name: string;
  /** Name of the source that owns the row. */
  readonly managedBy: string;
}

/** A row to overwrite with its declaration. */
export interface PlannedUpdate extends ConnectionChange {
  /** The row as it was read. */
  readonly stored: StoredRow;
  /** The row as it will be written. */
  readonly row: DeclaredRow;
}

/** The changes that a sync would make; every list is ordered by name unless it says otherwise. */
export interface SyncPlan {
  /** Name of the source that will own the rows. */
  readonly source: string;
  /** Rows to insert: declared connections without a row. */
  readonly create: readonly DeclaredRow[];
  /** Rows of this source to overwrite, because they differ from their declarations. */
  readonly update: readonly PlannedUpdate[];
  /** Rows without a source (`managed_by` is NULL) that this source adopts. */
  readonly adopt: readonly PlannedUpdate[];
  /** Rows of this source to disable or delete, because they are no longer declared. */
  readonly remove: readonly {
    /** The row as it was read. */
    readonly stored: StoredRow;
    /** `disabled`: set `removed_at`. `deleted`: delete the row. */
    readonly action: 'disabled' | 'deleted';
  }[];
  /** Names of connections whose rows equal their declarations. */
  readonly unchanged: readonly string[];
  /** Rows that are not changed although they differ, then rows that are not removed although they are not declared. */
  readonly withheld: readonly WithheldChange[];
  /** Declared connections whose rows belong to another source and are not changed. */
  readonly conflicts: readonly SyncConflict[];
}

const DEFAULT_SOURCE = 'default';

/** A wrong `source` has a code of its own. */
export const planChecks: OptionChecks<SyncPlanOptions> = {
  source: anything,
  onRemoved: oneOf('disable', 'keep', 'delete'),
  onChanged: oneOf('update', 'keep'),
  allowEmpty: flag,
};

/**
 * Computes the changes that make the stored rows equal to the declared connections, without making them.
 * @param declared result of `parseConnections`; rows of connections that it rejected are not changed
 * @param stored every row of the table, including those of other sources
 * @param options default: source `default`, disable removed rows, update changed rows
 * @returns the plan; the same arguments give the same plan
 * @example
 * const plan = planConnectionSync(parsed, rows, { source: 'billing' });
 * console.log(plan.create.map(({ name }) => name));
 */
export function planConnectionSync(
  declared: ParsedConnections,
  stored: readonly StoredRow[],
  options: SyncPlanOptions = {},
): SyncPlan {
  checkOptions('planConnectionSync', options, planChecks);
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
    } else if (current.managedBy === source && isUnchanged(row, current)) unchanged.push(row.name);
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
  const { remove, withheldRemovals } = removals(
    orphaned,
    options,
    declared.readable,
    definitions.length === 0,
  );
  withheld.push(...withheldRemovals);
  return { source, create, update, adopt, remove, unchanged, withheld, conflicts };
}

function notIn(definitions: readonly { readonly name: string }[], stored: readonly StoredRow[]): StoredRow[] {
  const names = new Set(definitions.map(({ name }) => name));
  return stored.filter(({ name }) => !names.has(name));
}

/** Whether the plan writes nothing. */
export function isEmptyPlan({ create, update, adopt, remove }: SyncPlan): boolean {
  return create.length + update.length + adopt.length + remove.length === 0;
}

function removals(
  undeclared: readonly StoredRow[],
  { onRemoved = 'disable', allowEmpty = false }: SyncPlanOptions,
  readable: boolean,
  nothingDeclared: boolean,
): { remove: SyncPlan['remove']; withheldRemovals: WithheldChange[] } {
  const candidates =
    onRemoved === 'delete' ? undeclared : undeclared.filter(({ removedAt }) => removedAt === null);
  const withhold = (reason: WithheldChange['reason']) => candidates.map(({ name }) => ({ name, reason }));
  if (!readable || (nothingDeclared && !allowEmpty))
    return { remove: [], withheldRemovals: withhold('nothing_declared') };
  if (onRemoved === 'keep') return { remove: [], withheldRemovals: withhold('removed_rows_are_kept') };
  const action = onRemoved === 'delete' ? 'deleted' : 'disabled';
  return { remove: candidates.map((stored) => ({ stored, action })), withheldRemovals: [] };
}

function isUnchanged(row: DeclaredRow, stored: StoredRow): boolean {
  for (const column of comparedColumns) if (!isSameValue(column, row, stored)) return false;
  return stored.removedAt === null && (row.enabled === null || row.enabled === stored.enabled);
}

function isSameValue(column: (typeof comparedColumns)[number], row: DeclaredRow, stored: StoredRow): boolean {
  const [wanted, found] = [row[column], stored[column]];
  return wanted === found || (isJsonColumn(column) && isSameJson(wanted, found));
}

function differences(row: DeclaredRow, stored: StoredRow): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of comparedColumns) {
    if (isSameValue(field, row, stored)) continue;
    const from = stored[field];
    const to = row[field];
    changes.push(
      isJsonColumn(field) ? { field, from: jsonOrText(from), to: jsonOrText(to) } : { field, from, to },
    );
  }
  if (row.enabled !== null && row.enabled !== stored.enabled) {
    changes.push({ field: 'enabled', from: stored.enabled, to: row.enabled });
  }
  if (stored.removedAt !== null) changes.push({ field: 'removedAt', from: stored.removedAt, to: null });
  return changes;
}

/** Compares JSON texts by value: spacing and the order of keys do not matter. */
function isSameJson(a: string | null, b: string | null): boolean {
  return isDeepStrictEqual(jsonOrText(a), jsonOrText(b));
}

/** A column edited by hand may contain anything: text that is not JSON is compared and reported as text. */
function jsonOrText(text: string | null): JsonValue {
  if (text === null) return null;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return text;
  }
}
