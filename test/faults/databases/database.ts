/** A database for one round: made, looked into and dropped by the driver alone, so that no code under test is trusted. */
import type { EngineName } from '../../setup/engine-name';
import type { Connection } from '../in-every-job';

export type Row = Readonly<Record<string, unknown>>;

/** What may be done to tables: `none`, `read`, or `write` (rows, not tables). */
type Rights = 'none' | 'read' | 'write';

/** A role or user that owns nothing. */
export interface Role {
  readonly connection: Connection;
  /** Over the tables that stand there now. */
  grant(rights: Rights): Promise<void>;
}

export interface FaultDatabase {
  readonly engine: EngineName;
  /** Options for a DataSource as the owner; one connection, so that one which is not given back is missed at once. */
  readonly connection: Connection;
  /** One statement, or several without a result. */
  send(sql: string): Promise<readonly Row[]>;
  /** Every column, index and constraint of every table, one a line, sorted. */
  shape(): Promise<readonly string[]>;
  /** Another program that sends these on a connection of its own and keeps it open; returns what lets go. */
  hold(...statements: readonly string[]): Promise<() => Promise<void>>;
  /** `null` where there are no roles. */
  role(): Promise<Role | null>;
  drop(): Promise<void>;
}

/** The lines of a query that has one column, `line`. */
export function linesOf(rows: readonly Row[]): string[] {
  return rows.map(({ line }) => String(line));
}

/** Runs the undoings from the last to the first, all of them, and fails if one failed. */
export async function undoAll(undoings: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const undo of undoings.toReversed()) await undo().catch((error: unknown) => failures.push(error));
  if (failures.length > 0) throw failures[0];
}
