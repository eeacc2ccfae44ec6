/** How many tokens that expire are refreshed, in how many windows, and with how many requests at a time. */
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring, none, tokens } from '../setup/expiring';

describeEachEngine('refreshExpiring', (engine) => {
  const world = new Expiring(engine);
  const { answers } = world;

  it('asks about as many tokens as its limit says, whatever comes before them', async () => {
    await world.users(world.connections(['orphan']), 'orphan', 12, HOUR_MS);
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 5);
    expect(await connections.refreshExpiring({ limit: 4 })).toEqual({ ...none, refreshed: 4 });
    expect(await connections.refreshExpiring({ limit: 4 })).toEqual({ ...none, refreshed: 1 });
    expect([world.asked('orphan'), world.asked('main')]).toEqual([0, 5]);
  });

  it('reads on when a window is done', async () => {
    const connections = world.connections(['main']);
    // The first window has 64.
    await world.users(connections, 'main', 66);
    expect(await connections.refreshExpiring({ concurrency: 4 })).toEqual({ ...none, refreshed: 66 });
    expect(world.asked('main')).toBe(66);
  });

  it('passes over tokens of another client, however many windows they fill', async () => {
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 66, HOUR_MS);
    const { configFingerprint } = await world.host.row('main-rt-7');
    const ofAnother = `${configFingerprint?.slice(0, 32)}${'0'.repeat(32)}`;
    await world.host.rows.update({ connectionName: 'main' }, { configFingerprint: ofAnother });
    await world.host.rows.update(
      { userId: 'main-rt-7' },
      { configFingerprint, expiresAt: new Date(Date.now() - 1_000) },
    );
    const report = await connections.refreshExpiring({ concurrency: 1, limit: 1 });
    expect(report).toEqual({ ...none, refreshed: 1, skipped: 65 });
  });

  it('has no more requests at a time than it is told, and begins none after its signal', async () => {
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 12);
    const held: ServerResponse[] = [];
    const stop = new AbortController();
    const full = new Promise<void>((resolve) => {
      answers.set('main', (response) => {
        held.push(response);
        if (held.length === 2) resolve();
      });
    });
    const running = connections.refreshExpiring({ concurrency: 2, signal: stop.signal });
    await full;
    stop.abort();
    for (const response of held) tokens(response);
    expect(await running).toEqual({ ...none, refreshed: 2 });
    expect(world.asked('main')).toBe(2);
  });

  it('waits for no token that a caller is refreshing', async () => {
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 1);
    const answering = new Promise<ServerResponse>((resolve) => answers.set('main', resolve));
    const calling = connections.getAccessToken('main-rt-0', 'main');
    const response = await answering;
    expect(await connections.refreshExpiring()).toEqual(none);
    tokens(response);
    expect((await calling).accessToken).toBe('new');
  });
});
