/** What a suite for hosts' own implementations says of one. */
import type { RegisterTest } from '../../src/testing';
import { failureOf } from '../setup/code-of';

/**
 * The titles of the tests that fail.
 * @param most after so many, no further test is run
 */
export async function failingTests(
  suite: (register: RegisterTest) => void,
  most = Number.POSITIVE_INFINITY,
): Promise<string[]> {
  const tests: [string, () => Promise<void>][] = [];
  suite((title, body) => tests.push([title, body]));
  const failed: string[] = [];
  for (const [title, body] of tests) {
    if (failed.length === most) break;
    if ((await failureOf(body)) !== 'nothing was thrown') failed.push(title);
  }
  return failed;
}
