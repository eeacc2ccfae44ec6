/** How a suite hands its tests to whatever runs them. */
import { optionInvalid } from '../../options';

/** Takes a test: the `it` of vitest or Jest, or the `test` of `node:test`. */
export type RegisterTest = (title: string, body: () => Promise<void>) => unknown;

/** A test of a suite, by its title. */
export type TitledTest = readonly [title: string, body: () => Promise<void>];

/** @throws ConnectionsError `option_invalid` */
export function registerAll(
  call: string,
  make: unknown,
  given: RegisterTest | undefined,
  tests: readonly TitledTest[],
): void {
  if (typeof make !== 'function')
    throw optionInvalid(`The first argument of \`${call}\` must be a function.`);
  const { it } = globalThis as { readonly it?: unknown };
  const register: unknown = given ?? it;
  if (typeof register !== 'function') {
    throw optionInvalid(
      `\`${call}\` has nothing to give its tests to. Its second argument is the \`it\` of vitest or Jest, or the \`test\` of \`node:test\`.`,
    );
  }
  for (const [title, body] of tests) (register as RegisterTest)(title, body);
}
