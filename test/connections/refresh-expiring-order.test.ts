/** Whose turn it is among tokens of which many cannot be refreshed, whatever the reason. */
import { expect, it, onTestFinished, vi } from 'vitest';
import { keyRing } from '../../src';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring, none, send, tokens } from '../setup/expiring';
import { McpWorld } from '../setup/mcp-world';

describeEachEngine('Of tokens that expire', (engine) => {
  const world = new Expiring(engine);
  const ofAnotherKey = { cipher: keyRing({ current: 'lost', keys: { lost: Buffer.alloc(32, 'z') } }) };

  it('those that this process cannot decrypt take the place of no others, and are tried once', async () => {
    await world.users(world.connections(['main'], ofAnotherKey), 'main', 66, HOUR_MS, 'lost');
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 5);
    // They fill the first window, of 64.
    const report = await connections.refreshExpiring({ limit: 6, concurrency: 4 });
    expect(report).toEqual({ ...none, refreshed: 5, failed: 66 });
    expect(world.endpoint.requests).toHaveLength(5);
  });

  it('those that their provider refuses come last from then on, and pause nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 12, HOUR_MS, 'bad');
    await world.users(connections, 'main', 2);
    world.answers.set('main', (response, body) =>
      body.includes('bad') ? send(response, 400, { error: 'invalid_request' }) : tokens(response),
    );
    let refreshed = 0;
    for (let call = 1; call <= 4; call += 1) {
      refreshed += (await connections.refreshExpiring({ limit: 4 })).refreshed;
      expect(world.asked('main')).toBe(4 * call);
      vi.setSystemTime(Date.now() + 300_000);
    }
    expect(refreshed).toBe(2);
    // Another process knows it, too.
    await world.users(connections, 'main', 2, 1_000, 'late');
    const other = world.connections(['main']);
    expect(await other.refreshExpiring({ limit: 2 })).toEqual({ ...none, refreshed: 2 });
  });

  it('those whose server has changed are tried once in a call', async () => {
    const mcp = await McpWorld.beside(world.host, onTestFinished);
    const connections = mcp.connections();
    await mcp.connect(connections, 'seed');
    const { rows } = world.host;
    const seed = await rows.findOneByOrFail({ userId: 'seed' });
    const configFingerprint = `${seed.configFingerprint?.slice(0, 32)}${'0'.repeat(32)}`;
    const expired = { expiresAt: new Date(Date.now() - 1_000), updatedAt: new Date(Date.now() - HOUR_MS) };
    const others = Array.from({ length: 30 }, (_, index) => {
      const key = { id: `id-${index}`, userId: `user-${index}` };
      return Object.assign({}, seed, key, expired, { configFingerprint, providerMetadata: null });
    });
    await rows.insert(others);
    const asked = mcp.tokenRequests.length;
    const report = await connections.refreshExpiring({ limit: 10 });
    expect(report).toEqual({ ...none, reauthorizationRequired: 30 });
    expect(mcp.tokenRequests).toHaveLength(asked);
  });
});
