/** Clean-ups of what the tests of a `describe` share. */
import { afterAll } from 'vitest';

type AtEnd = (cleanUp: () => Promise<unknown>) => void;

/** @returns registers what is done once the tests have run, the last first */
export function atEndOfTests(): AtEnd {
  const cleanUps: (() => Promise<unknown>)[] = [];
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });
  return (cleanUp) => void cleanUps.push(cleanUp);
}
