/** Steps as a script, for a session that sends one statement after another. */
import { CommitFailure } from './failure';
import type { Executed } from './session';
import type { RowValues, Script, Step } from './statement';
import { isRequired } from './statement';

/** Thrown so that the transaction is rolled back. */
const UNDONE = new Error('A statement changed no row');

/**
 * @param isCertain whether an error of the commit says that nothing was carried out
 * @throws CommitFailure when it is not known whether they were carried out
 */
export async function executeSteps(
  steps: readonly Step[],
  transact: (script: () => Script<void>) => Promise<void>,
  isCertain: (error: unknown) => boolean,
): Promise<Executed> {
  let rows: (readonly RowValues[])[] = [];
  let changed: boolean[] = [];
  const script = function* (): Script<void> {
    rows = [];
    changed = [];
    for (const step of steps) {
      const result = yield step;
      if (isRequired(step) && result.affected === 0) throw UNDONE;
      rows.push(result.rows);
      changed.push(result.affected > 0);
    }
  };
  try {
    await transact(script);
  } catch (error) {
    if (error === UNDONE) return undoneAfter(rows.length);
    throw rows.length < steps.length || isCertain(error) ? error : new CommitFailure(error);
  }
  return { completed: rows.length, rows, changed };
}

/** @param completed how many steps were carried out before one changed no row */
export function undoneAfter(completed: number): Executed {
  return { completed, rows: [], changed: [] };
}
