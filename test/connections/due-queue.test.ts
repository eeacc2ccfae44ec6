/** In which order a queue gives the tokens that expire: each once, however the database compares their ids. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { DueQueue } from '../../src/connections/expiring/due-queue';
import { databaseOn } from '../../src/database/engines';
import { toInstant } from '../../src/entities/instant';
import { UserConnectionToken } from '../../src';
import { TokenPages } from '../../src/tokens/token-pages';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring } from '../setup/expiring';

describeEachEngine('Of tokens that expire', (engine) => {
  const world = new Expiring(engine);

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
      const [userId = ''] = await world.users(connections, 'main', 1);
      const { rows } = world.host;
      const seed = await world.host.row(userId);
      await rows.deleteAll();
      if (engine === 'postgres') {
        const path = rows.metadata.tablePath;
        await world.host.dataSource.query(
          `ALTER TABLE ${path} ALTER COLUMN id TYPE varchar(36) COLLATE "en-x-icu"`,
        );
      }
      const mixed = Array.from({ length: 120 }, (_, index) => {
        const id = `${index % 2 === 0 ? 'b' : 'B'}-${index % 3 === 0 ? 'x' : 'X'}${randomUUID().slice(5)}`;
        return Object.assign({}, seed, { id, userId: `user-${index}` });
      });
      await world.host.dataSource.getRepository<object>(UserConnectionToken).insert(mixed);
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
