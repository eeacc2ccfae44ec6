/**
 * Decides what a sync will do, from what is declared and what is stored: no database, no clock, no ids.
 * Rows of other sources are never in what it decides.
 */
import { isDeepStrictEqual } from 'node:util';
import type { JsonValue } from '../config/definition';
import type { ParsedConnections } from '../config/parsed-connections';
import type { DeclaredRow, StoredRow } from './row';
import { comparedColumns, declaredRow, isJsonColumn } from './row';

export interface SyncPlanOptions {
  /** Name of the declared source, kept in `managed_by`; default `default`. Hosts that share a table give each its own. */
  readonly source?: string;
  /** What happens to a row of this source that is no longer declared; default `disable`: it is marked removed. */
  readonly onRemoved?: 'disable' | 'keep' | 'delete';
  /** What happens to a row that differs from its declaration; default `update`. `keep` makes a sync create only. */
  readonly onChanged?: 'update' | 'keep';
  /** Lets a readable configuration that declares nothing remove everything; default `false`. */
  readonly allowEmpty?: boolean;
}

export interface FieldChange {
  /** Property of `ConnectionConfig`. */
  readonly field: string;
  readonly from: JsonValue;
  readonly to: JsonValue;
}

export interface ConnectionChange {
  readonly name: string;
  readonly changes: readonly FieldChange[];
}

/** Something the sync saw and, as it was told, did not do. */
export interface WithheldChange {
  readonly name: string;
  readonly reason: 'nothing_declared' | 'removed_rows_are_kept' | 'changed_rows_are_kept';
}

export interface PlannedUpdate extends ConnectionChange {
  readonly stored: StoredRow;
  readonly row: DeclaredRow;
}

export interface SyncPlan {
  readonly source: string;
  readonly create: readonly DeclaredRow[];
  readonly update: readonly PlannedUpdate[];
  /** Rows that nobody owned and this source takes over. */
  readonly adopt: readonly PlannedUpdate[];
  readonly remove: readonly { readonly stored: StoredRow; readonly action: 'disabled' | 'deleted' }[];
  readonly unchanged: readonly string[];
  readonly withheld: readonly WithheldChange[];
  readonly conflicts: readonly { readonly name: string; readonly managedBy: string }[];
}

const DEFAULT_SOURCE = 'default';

/**
 * The changes that make the stored rows equal to the declared connections, each list in the order of names.
 * @param declared as `parseConnections` gives it; names it rejected are left as they stand
 * @param stored every row of the table
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
  const conflicts: { name: string; managedBy: string }[] = [];

  for (const definition of definitions) {
    const row = declaredRow(definition);
    const current = rows.get(row.name);
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

  const names = new Set(definitions.map(({ name }) => name));
  const undeclared = stored
    .filter(({ name, managedBy }) => managedBy === source && !names.has(name) && !declared.rejected.has(name))
    .toSorted(byName);
  const { remove, kept } = removals(undeclared, options, declared.readable, names.size === 0);
  withheld.push(...kept);
  return { source, create, update, adopt, remove, unchanged, withheld, conflicts };
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

function isSame(row: DeclaredRow, stored: StoredRow): boolean {
  for (const column of comparedColumns) {
    if (row[column] !== stored[column] && !isSameJson(column, row[column], stored[column])) return false;
  }
  return stored.removedAt === null && (row.enabled === null || row.enabled === stored.enabled);
}

function differences(row: DeclaredRow, stored: StoredRow): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const field of comparedColumns) {
    const from = stored[field];
    const to = row[field];
    if (from === to || isSameJson(field, to, from)) continue;
    changes.push(isJsonColumn(field) ? { field, from: parsed(from), to: parsed(to) } : { field, from, to });
  }
  if (row.enabled !== null && row.enabled !== stored.enabled) {
    changes.push({ field: 'enabled', from: stored.enabled, to: row.enabled });
  }
  if (stored.removedAt !== null) changes.push({ field: 'removedAt', from: stored.removedAt, to: null });
  return changes;
}

/** Two JSON texts may differ in spacing or in the order of keys and say the same. */
function isSameJson(column: string, a: string | null, b: string | null): boolean {
  return isJsonColumn(column) && isDeepStrictEqual(parsed(a), parsed(b));
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

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
