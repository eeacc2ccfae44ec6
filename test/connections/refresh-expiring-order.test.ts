/** Whose turn it is among tokens of which many cannot be refreshed, and how processes divide them. */
import type { ServerResponse } from 'node:http';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { DueQueue } from '../../src/connections/expiring/due-queue';
import { databaseOn } from '../../src/database/engines';
import { toInstant } from '../../src/entities/instant';
import { keyRing } from '../../src';
import { TokenPages } from '../../src/tokens/token-pages';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring, none, outOfOrder, send, tokens } from '../setup/expiring';
import { McpWorld } from '../setup/mcp-world';

describeEachEngine('Of tokens that expire', (engine) => {
  const world = new Expiring(engine);
  const ofAnotherKey = { cipher: keyRing({ current: 'lost', keys: { lost: Buffer.alloc(32, 'z') } }) };

  it('those that this process cannot decrypt take the place of no others, and are tried once', async () => {
    await world.users(world.connections(['main'], ofAnotherKey), 'main', 100, HOUR_MS, 'lost');
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 5);
    const report = await connections.refreshExpiring({ limit: 6 });
    expect(report).toEqual({ ...none, refreshed: 5, failed: 100 });
    expect(world.endpoint.requests).toHaveLength(5);
  });

  it('those that their provider refuses come last from then on, and pause nothing', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const connections = world.connections(['main']);
    await world.users(connections, 'main', 30, HOUR_MS, 'bad');
    await world.users(connections, 'main', 5);
    world.answers.set('main', (response, body) =>
      body.includes('bad') ? send(response, 400, { error: 'invalid_request' }) : tokens(response),
    );
    let refreshed = 0;
    for (let call = 1; call <= 4; call += 1) {
      refreshed += (await connections.refreshExpiring({ limit: 10 })).refreshed;
      expect(world.asked('main')).toBe(10 * call);
      vi.setSystemTime(Date.now() + 300_000);
    }
    expect(refreshed).toBe(5);
    // Another process knows it, too.
    await world.users(connections, 'main', 2, 1_000, 'late');
    const other = world.connections(['main']);
    expect(await other.refreshExpiring({ limit: 2 })).toEqual({ ...none, refreshed: 2 });
  });

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

  it('those whose server has changed are tried once in a call', async () => {
    const mcp = await McpWorld.open(engine, onTestFinished);
    const connections = mcp.connections();
    await mcp.connect(connections, 'seed');
    const { rows } = mcp.host;
    const seed = await rows.findOneByOrFail({ userId: 'seed' });
    const configFingerprint = `${seed.configFingerprint?.slice(0, 32)}${'0'.repeat(32)}`;
    const expired = { expiresAt: new Date(Date.now() - 1_000), updatedAt: new Date(Date.now() - HOUR_MS) };
    for (let index = 0; index < 100; index += 1) {
      const key = { id: `id-${index}`, userId: `user-${index}` };
      await rows.insert(Object.assign({}, seed, key, expired, { configFingerprint, providerMetadata: null }));
    }
    const asked = mcp.tokenRequests.length;
    const report = await connections.refreshExpiring({ limit: 10 });
    expect(report).toEqual({ ...none, reauthorizationRequired: 100 });
    expect(mcp.tokenRequests).toHaveLength(asked);
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

  describe('a queue', () => {
    const queueOf = (names: readonly string[], size: number) => {
      const pages = new TokenPages(databaseOn(world.host.dataSource, { timeoutMs: 10_000 }));
      return { pages, queue: new DueQueue(pages, toInstant(new Date()), false, names, size) };
    };
    /** The ids of the tokens that it gives, until it has no more of these connections. */
    const taken = async (queue: DueQueue, names: readonly string[], most = Number.POSITIVE_INFINITY) => {
      const ids: string[] = [];
      const wanted = new Set(names);
      const isWanted = (name: string) => wanted.has(name);
      while (ids.length < most) {
        const row = queue.next(isWanted);
        if (row) ids.push(row.id);
        else if (!(await queue.read(isWanted, () => true))) break;
      }
      return ids;
    };

    it('gives each token once, whichever of the connections are wanted when', async () => {
      const connections = world.connections(['one', 'two', 'three']);
      for (const [index, name] of ['one', 'two', 'three'].entries()) {
        for (const [at, part] of ['early', 'late'].entries()) {
          await world.users(connections, name, 40, HOUR_MS - (at * 3 + index) * 60_000, part);
        }
      }
      const { queue } = queueOf(['one', 'two', 'three'], 16);
      const ids = [
        ...(await taken(queue, ['two'], 50)),
        ...(await taken(queue, ['one', 'two'], 60)),
        ...(await taken(queue, ['one', 'two', 'three'])),
      ];
      expect(ids).toHaveLength(240);
      expect(new Set(ids)).toHaveLength(240);
    });

    it('gives those of a window in another order than any other queue', async () => {
      await world.users(world.connections(['main']), 'main', 64);
      const orders = [];
      for (let count = 0; count < 2; count += 1) {
        orders.push(await taken(queueOf(['main'], 64).queue, ['main']));
      }
      expect(orders[0]).not.toEqual(orders[1]);
      expect(orders[0]?.toSorted()).toEqual(orders[1]?.toSorted());
    });

    it('ends where the database orders ids in its own way', async () => {
      const connections = world.connections(['main']);
      await world.users(connections, 'main', 120);
      if (engine === 'postgres') {
        const path = world.host.rows.metadata.tablePath;
        await world.host.dataSource.query(
          `ALTER TABLE ${path} ALTER COLUMN id TYPE varchar(36) COLLATE "en-x-icu"`,
        );
      }
      const rows = await world.host.rows.find();
      for (const [index, { id }] of rows.entries()) {
        const mixed = `${index % 2 === 0 ? 'b' : 'B'}-${index % 3 === 0 ? 'x' : 'X'}${id.slice(5)}`;
        await world.host.rows.update({ id }, { id: mixed });
      }
      const { queue } = queueOf(['main'], 16);
      expect(new Set(await taken(queue, ['main']))).toHaveLength(120);
      expect(await taken(queue, ['main'])).toEqual([]);
    });

    it(
      'takes more names, and looks for more tokens, than a statement has room for',
      { tags: ['long'] },
      async () => {
        const connections = world.connections(['main', 'other']);
        await world.users(connections, 'main', 1_100);
        await world.users(connections, 'other', 900, 1_000);
        const names = Array.from({ length: 40_000 }, (_, index) => `name-${index}`);
        const { queue } = queueOf([...names, 'main', 'other'], 64);
        expect((await taken(queue, [...names, 'main', 'other'])).length).toBe(2_000);
        const { queue: two, pages } = queueOf(['main', 'other'], 1_000);
        const lookedAt = vi.spyOn(pages, 'stillDue');
        for (const wanted of ['main', 'other'])
          await two.read(
            (name) => name === wanted,
            () => true,
          );
        await two.dropTaken(() => true);
        await two.dropTaken((name) => name === 'other');
        expect(lookedAt.mock.calls.map(([ids]) => ids.length)).toEqual([1_000, 900, 900]);
      },
    );
  });
});
