/** What a list of a user's connections costs: of one who has connected one of them, and of one who has connected all ten. */
import { createSecretKey } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { Connections } from 'mcp-connections';
import { declared } from './declared';
import { fill } from './fill';
import { openFloor } from './floor';
import { rateOf } from './rate';
import type { User } from './users';
import { CONNECTIONS, makeUsers, shuffled } from './users';
import type { Surroundings, Variant } from './variants';

export const listCases = ['list, one of ten', 'list, ten of ten'] as const;

/** Who have a row at each connection. */
const OWNERS = 1000;
const CHECKED_USERS = 20;

/** @returns for each case the floor and the package */
export async function openLists(given: Surroundings): Promise<Record<(typeof listCases)[number], Variant[]>> {
  const { engine, dataSource, address, keys, order, atEnd } = given;
  const registry = declared(undefined, CONNECTIONS);
  const connections = new Connections({ dataSource, registry }, { cipher: keys.cipher });
  atEnd(() => connections.close());
  const key = createSecretKey(keys.bytes);
  const floor = openFloor(engine, address, keys.id, key, await registry.list());
  atEnd(() => floor.close());
  const owners = makeUsers(OWNERS, order.length);
  await fill(engine, dataSource, owners, keys.cipher, CONNECTIONS);
  const programs = [
    { name: 'floor', list: ({ userId }: User) => floor.list(userId) },
    { name: 'ours', list: ({ userId }: User) => connections.list(userId) },
  ] as const;
  const variants = async (users: readonly User[]) => {
    for (const user of users.slice(0, CHECKED_USERS)) {
      const [least, ours] = await Promise.all(programs.map(({ list }) => list(user)));
      if (isDeepStrictEqual(least, ours)) continue;
      const [floors, packages] = [least, ours].map((list) => JSON.stringify(list));
      throw new Error(`The floor lists ${floors}, and the package ${packages}`);
    }
    return programs.map(({ name, list }, index) => ({ name, rate: rateOf(list, users, index / 2) }));
  };
  return {
    'list, one of ten': await variants(order),
    'list, ten of ten': await variants(shuffled(owners)),
  };
}
