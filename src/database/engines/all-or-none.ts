/** Statements in one transaction of which each has to change a row. */
import { CommitFailure } from '../failure';
import type { Statement } from '../script';

/** A connection, as far as a transaction asks it. */
export interface Session {
  begin(): Promise<unknown>;
  /** @returns the number of rows that it changed */
  change(statement: Required<Statement>): Promise<number>;
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
}

/**
 * @returns how many statements changed a row; unless all did, they are undone
 * @throws CommitFailure when it is not known whether they were carried out
 */
export async function allOrNone(statements: readonly Statement[], session: Session): Promise<number> {
  let changed = 0;
  try {
    await session.begin();
    for (const { sql, parameters = [] } of statements) {
      if ((await session.change({ sql, parameters })) === 0) break;
      changed += 1;
    }
    if (changed < statements.length) await session.rollback();
  } catch (error) {
    await session.rollback().catch(() => undefined);
    throw error;
  }
  if (changed < statements.length) return changed;
  try {
    await session.commit();
  } catch (error) {
    // If the connection was cut, this round trip lets the driver notice.
    await session.rollback().catch(() => undefined);
    throw new CommitFailure(error);
  }
  return changed;
}
