/** Lets a test come between the code and the database: steps that fail, or whose answer is lost. */
import type { DataSource } from 'typeorm';
import type { MockInstance } from 'vitest';
import { onTestFinished, vi } from 'vitest';
import { engineOf } from '../../src/database/engines';
import type { Executed, Session } from '../../src/database/session';
import type { Step } from '../../src/database/statement';

/** Several changes that belong together. */
export const severalChanges = (steps: readonly Step[]): boolean =>
  steps.length > 1 && steps.every(({ isRead }) => !isRead);

/** A change, and what is read after it. */
export const changeThenReads = (steps: readonly Step[]): boolean =>
  steps.length > 1 && steps.some(({ isRead }) => isRead);

/**
 * Intercepts steps on every session of the engine of a DataSource, until the test that calls this is over.
 * @param instead given what carries the steps out, and how many were intercepted before
 */
export function interceptSteps(
  dataSource: DataSource,
  isWanted: (steps: readonly Step[]) => boolean,
  instead: (carryOut: () => Promise<Executed>, before: number) => Promise<Executed>,
): MockInstance<Session['execute']> {
  const session = engineOf(dataSource).session(dataSource, { timeoutMs: 1000 });
  const prototype = Object.getPrototypeOf(session) as Session;
  // oxlint-disable-next-line typescript/unbound-method -- it is called with its session below
  const { execute } = prototype;
  let before = 0;
  const spy = vi.spyOn(prototype, 'execute').mockImplementation(function (this: Session, steps, waitMs) {
    const carryOut = () => execute.call(this, steps, waitMs);
    return isWanted(steps) ? instead(carryOut, before++) : carryOut();
  });
  onTestFinished(() => spy.mockRestore());
  return spy;
}
