/** Random providers, APIs, clocks and processes: `list` never contradicts what the latest call has shown. */
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it, vi } from 'vitest';
import type { Connections } from '../../src';
import { ApiWorld } from '../setup/api-world';
import type { Step } from '../setup/health-run';
import { HealthRun } from '../setup/health-run';

const by = fc.constantFrom(0 as const, 1 as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('call' as const), by }) },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('getAccessToken' as const, 'rejectedToken' as const, 'refreshExpiring' as const),
      by,
    }),
  },
  fc.record({
    do: fc.constant('provider' as const),
    is: fc.constantFrom('well' as const, 'down' as const, 'refusing' as const, 'ended' as const),
  }),
  fc.record({
    do: fc.constant('api' as const),
    is: fc.constantFrom('well' as const, 'rejecting' as const, 'down' as const),
  }),
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), minutes: fc.nat(45) }) },
  fc.record({ do: fc.constant('connect' as const), withRefreshToken: fc.boolean() }),
);

describe('The health of an account', () => {
  const world = new ApiWorld('sqlite');
  let processes: [Connections, Connections];
  let users = 0;
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'], now: Date.now() });
    const config = world.host.config(
      // Nothing is refreshed in the background, where nobody sees it end.
      { token_url: `${world.other.origin}/token`, refresh_margin: 0 },
      { url: `${world.api.origin}/mcp` },
    );
    processes = [world.connections({}, config), await world.host.replica({}, config)];
  });
  afterEach(() => void vi.useRealTimers());

  it(
    'is never said to be better than the latest refusal, nor worse than the latest success',
    { tags: ['long'] },
    async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
          await new HealthRun(world, processes, `user-${(users += 1)}`).all(steps);
        }),
        { numRuns: 60 },
      );
    },
  );
});
