/** What a call of an API costs with `fetchFor`, beside the least that it takes: an access token, and `fetch` with it. */
import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { Connections, connectionRegistry } from 'mcp-connections';
import { declarationOf } from './declared';
import { rateOf } from './rate';
import type { User } from './users';
import { CONNECTION, tokenOf } from './users';
import type { Surroundings, Variant } from './variants';

export const CALL_CASE = 'call of an API';

const CHECKED_USERS = 20;

/** In a thread of its own, so that its work is not that of the callers. It says which token it got. */
const API = `
  const { parentPort } = require('node:worker_threads');
  const server = require('node:http').createServer((request, response) => {
    response.end(request.headers.authorization);
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

/** @returns `getAccessToken` and `fetch` as the floor, and `fetchFor` */
export async function openCalls({ dataSource, keys, order, atEnd }: Surroundings): Promise<Variant[]> {
  const api = new Worker(API, { eval: true });
  atEnd(async () => void (await api.terminate()));
  const [port] = (await once(api, 'message')) as [number];
  const url = `http://127.0.0.1:${port}/mcp`;
  const declaration = { ...declarationOf('https://auth.example.test/token'), url };
  const registry = connectionRegistry({ mcpServers: { [CONNECTION]: declaration } });
  const connections = new Connections({ dataSource, registry }, { cipher: keys.cipher });
  atEnd(() => connections.close());
  const programs = [
    {
      name: 'floor',
      call: async ({ userId }: User) => {
        const { accessToken } = await connections.getAccessToken(userId, CONNECTION);
        const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
        return response.text();
      },
    },
    {
      name: 'ours',
      call: async ({ userId }: User) => {
        const response = await connections.fetchFor(userId, CONNECTION)(url);
        return response.text();
      },
    },
  ] as const;
  for (const user of order.slice(0, CHECKED_USERS)) {
    for (const { name, call } of programs) {
      if ((await call(user)) === `Bearer ${tokenOf(user, 'access')}`) continue;
      throw new Error(`${name} sends something else than the token of the user.`);
    }
  }
  return programs.map(({ name, call }, index) => ({ name, rate: rateOf(call, order, index / 2) }));
}
