/** A claim that waits for the statements of others before it is sent. */
import { expect, it, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import { GroupCommit } from '../../src/database/group-commit';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { Expiring } from '../setup/expiring';
import { interceptSteps } from '../setup/intercepted-steps';

describeEachEngine('A claim', (engine) => {
  const world = new Expiring(engine);

  it('that had to wait for those of others is as good as one that was sent at once', async () => {
    const connections = world.connections(['main'], { requestTimeoutMs: 1_000 });
    const users = await world.users(connections, 'main', 8);
    const touches = vi.spyOn(GroupCommit.prototype, 'touches');
    let letGo: (() => void) | undefined;
    interceptSteps(
      world.host.dataSource,
      (steps) => steps.some(({ sql }) => sql.includes('claimed_generation') && sql.startsWith('UPDATE')),
      async (carryOut, before) => {
        if (before === 0) await new Promise<void>((resolve) => (letGo = resolve));
        return carryOut();
      },
    );
    const [first = '', ...others] = users;
    const slow = codeOf(connections.getAccessToken(first, 'main'));
    await eventually(() => expect(letGo).toBeDefined());
    const waiting = Promise.all(others.map((userId) => codeOf(connections.getAccessToken(userId, 'main'))));
    await eventually(() => expect(touches).toHaveBeenCalledTimes(users.length));
    const now = performance.now.bind(performance);
    vi.spyOn(performance, 'now').mockImplementation(() => now() + 2_000);
    letGo?.();
    expect(await slow).toBe('provider_unavailable');
    expect(await waiting).toEqual(others.map(() => 'fine'));
  });
});
