/** Which tokens are left to others, or for later: those of a provider that fails, and those that callers or other processes refresh. */
import type { ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring, none, outOfOrder, tokens } from '../setup/expiring';

describeEachEngine('Of tokens that expire', (engine) => {
  const world = new Expiring(engine);

  it('a provider that fails is left out after three failures, though each call asks about one token', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const connections = world.connections(['dead', 'main']);
    await world.users(connections, 'dead', 70, HOUR_MS);
    await world.users(connections, 'main', 5);
    world.answers.set('dead', outOfOrder);
    const reports = [];
    for (let call = 0; call < 8; call += 1) reports.push(await connections.refreshExpiring({ limit: 1 }));
    expect(reports).toEqual([
      ...Array.from({ length: 3 }, () => ({ ...none, failed: 1 })),
      ...Array.from({ length: 5 }, () => ({ ...none, refreshed: 1 })),
    ]);
  });

  it('those that a caller has tried in vain since they were read are left for later', async () => {
    const connections = world.connections(['main']);
    const users = await world.users(connections, 'main', 4);
    const asking = new Promise<ServerResponse>((resolve) => world.answers.set('main', resolve));
    const running = connections.refreshExpiring({ concurrency: 1 });
    const held = await asking;
    world.answers.set('main', outOfOrder);
    const first = await world.host.rows.find();
    const unclaimed = first.filter(({ leaseExpiresAt }) => leaseExpiresAt === null);
    expect(unclaimed).toHaveLength(users.length - 1);
    for (const { userId } of unclaimed) {
      await expect(connections.getAccessToken(userId, 'main')).rejects.toMatchObject({
        code: 'provider_unavailable',
      });
    }
    tokens(held);
    expect(await running).toEqual({ ...none, refreshed: 1, skipped: 3 });
    expect(world.asked('main')).toBe(4);
  });

  it('those that other processes have taken meanwhile are dropped', async () => {
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 200);
    const held: ServerResponse[] = [];
    const full = new Promise<void>((resolve) => {
      world.answers.set('main', (response) => {
        held.push(response);
        if (held.length === 3) resolve();
      });
    });
    const running = connections.refreshExpiring({ concurrency: 16, limit: 200 });
    await full;
    await world.host.rows
      .createQueryBuilder()
      .update()
      .set({ leaseExpiresAt: new Date(Date.now() + 60_000), claimedGeneration: 2 })
      .where('leaseExpiresAt IS NULL')
      .execute();
    world.answers.delete('main');
    for (const response of held) tokens(response);
    const { refreshed, skipped } = await running;
    expect(refreshed).toBe(3);
    expect(skipped).toBeLessThan(24);
  });

  it('each is refreshed by one of the processes that begin together', { tags: ['long'] }, async () => {
    const replicas = [
      world.connections(['main']),
      world.connections(['main'], {}, await world.host.newDataSource()),
    ];
    await world.users(replicas[0]!, 'main', 256);
    const reports = await Promise.all(
      replicas.map((connections) => connections.refreshExpiring({ concurrency: 4, limit: 256 })),
    );
    expect(reports.reduce((sum, { refreshed }) => sum + refreshed, 0)).toBe(256);
    expect(world.asked('main')).toBe(256);
  });
});
