/** A thousand callers in one process who want the same token, which has expired, of a provider that takes its time. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TokenCipher } from 'mcp-connections';
import { Connections, UserConnectionToken } from 'mcp-connections';
import type { DataSource } from 'typeorm';
import { declared } from './declared';
import { median } from './rate';
import type { User } from './users';
import { CONNECTION } from './users';

export const CALLERS = 1000;
/** What the endpoint takes for an answer. */
export const ANSWER_MS = 200;

const ROUNDS = 7;
/** Not counted: the first opens the connection to the endpoint. */
const WARM_UP_ROUNDS = 2;
const HOUR_MS = 3_600_000;

export interface Served {
  /** Until the last caller had a token; the median of the rounds. */
  readonly ms: number;
  /** In each round. */
  readonly http_calls: number;
}

/** @throws Error when the endpoint is asked more than once in a round, or a caller gets another token than it gave */
export async function serveExpired(dataSource: DataSource, cipher: TokenCipher, user: User): Promise<Served> {
  const rows = dataSource.getRepository(UserConnectionToken);
  const endpoint = new TokenEndpoint();
  const registry = declared(await endpoint.start());
  const connections = new Connections({ dataSource, registry }, { cipher });
  try {
    const times: number[] = [];
    for (let round = 1 - WARM_UP_ROUNDS; round <= ROUNDS; round += 1) {
      await rows.update(
        { id: user.rowId },
        { expiresAt: new Date(Date.now() - 1000), updatedAt: new Date(Date.now() - HOUR_MS) },
      );
      const before = endpoint.calls;
      globalThis.gc?.();
      const began = performance.now();
      const served = await Promise.all(
        Array.from({ length: CALLERS }, () => connections.getAccessToken(user.userId, CONNECTION)),
      );
      const took = performance.now() - began;
      const calls = endpoint.calls - before;
      if (calls !== 1) throw new Error(`${CALLERS} callers made ${calls} HTTP calls instead of one.`);
      if (served.some((token) => token.accessToken !== endpoint.latest)) {
        throw new Error('A caller was served another token than the one that the endpoint gave.');
      }
      if (round > 0) times.push(took);
    }
    return { ms: median(times), http_calls: 1 };
  } finally {
    await connections.close();
    await endpoint.stop();
  }
}

/** Gives new tokens each time, and counts. */
class TokenEndpoint {
  calls = 0;
  latest = '';
  private readonly server: Server = createServer((request, response) => {
    this.calls += 1;
    this.latest = `access-${this.calls}`.padEnd(1024, '.');
    const body = JSON.stringify({
      access_token: this.latest,
      refresh_token: `refresh-${this.calls}`.padEnd(1024, '.'),
      token_type: 'Bearer',
      expires_in: 3600,
    });
    request.resume().once('end', () => {
      setTimeout(() => response.writeHead(200, { 'content-type': 'application/json' }).end(body), ANSWER_MS);
    });
  });

  /** @returns its address */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/token`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
