/** Halts the process at a step of a refresh, from outside the code under test: in what it calls, before or after it. */
import type { Fetch } from '../../../src/oauth/exchange';
import { TokenRows } from '../../../src/tokens/token-rows';
import type { Halt, RefreshPlace } from '../token-job';

let expected: Halt | undefined;
let release: (() => void) | undefined;
let leaseMs: number | undefined;

/** For how long claims hold in the table, whatever this process takes it for. */
export function claimFor(milliseconds: number | undefined): void {
  leaseMs = milliseconds;
}

/** For the next time that a place is passed. */
export function haltAt(halt: Halt | undefined): void {
  expected = halt;
}

/** Lets the process go on from where it waits. */
export function goOn(): void {
  release?.();
}

export async function pass(place: RefreshPlace): Promise<void> {
  if (expected?.at !== place) return;
  const { how } = expected;
  expected = undefined;
  if (how === 'kill') process.kill(process.pid, 'SIGKILL');
  await new Promise<void>((resolve) => {
    release = resolve;
    process.send?.({ say: 'halted' });
  });
}

/** As Node's own, with the answer read to its end. */
export const haltingFetch: Fetch = async (url, init) => {
  await pass('before the request');
  const response = await fetch(url, init);
  const body = await response.text();
  await pass('after the answer');
  const { status, headers } = response;
  return new Response(body, { status, headers });
};

type Step = (this: TokenRows, ...given: unknown[]) => Promise<unknown>;

/** A claim is released by itself, or together with what is noted of its failure. */
const steps = { claim: 'claim', save: 'save', release: 'release', fail: 'release', mark: 'mark' } as const;

for (const [step, place] of Object.entries(steps) as [
  keyof typeof steps,
  (typeof steps)[keyof typeof steps],
][]) {
  const carryOut = TokenRows.prototype[step] as Step;
  const passing: Step = async function passing(...given) {
    await pass(`before the ${place}`);
    const [row, lease] = given;
    const result = await carryOut.apply(this, step === 'claim' ? [row, leaseMs ?? lease] : given);
    await pass(`after the ${place}`);
    return result;
  };
  Object.assign(TokenRows.prototype, { [step]: passing });
}
