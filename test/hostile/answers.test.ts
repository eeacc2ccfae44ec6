/**
 * Whatever a server answers, at whichever endpoint: the call ends with a code or a soft result, memory stays small, and no
 * connection stays open.
 */
import { lookup } from 'node:dns';
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectionClientRegistration } from '../../src';
import type { Fetch } from '../../src/oauth/exchange';
import { sendRequest } from '../../src/oauth/request';
import { HOUR_MS } from '../setup/connected';
import { holdLimits } from '../setup/held-limits';
import { McpWorld, OPENID, RESOURCE, SERVER } from '../setup/mcp-world';
import { endsAfter205 } from '../setup/node-fetch';
import type { Page, Site } from '../setup/site';
import { callbackOf } from './callbacks';
import { AFTER_205, bombs, brief, endless } from './hostile-answers';
import { codeOf } from './outcome';
import { isFull } from './size';

/** A bound on size that fails is seen in memory, not hidden by the time. */
const REQUEST_MS = 5_000;
const MEMORY_BYTES = 120_000_000;

/** Where the server answers so, what a host calls then, and what may come of it; null is a result. */
interface Endpoint {
  readonly what: string;
  readonly site: 'mcp' | 'auth';
  readonly paths: readonly string[];
  readonly call: (hurried: Connections, honest: Connections, userId: string) => Promise<unknown>;
  readonly outcomes: readonly (string | null)[];
  /** What the body says does not matter. */
  readonly readsHeadOnly?: true;
}

const unusable = ['provider_unavailable', 'discovery_failed', 'address_refused'];
const authorize: Endpoint['call'] = (hurried, _honest, userId) => hurried.authorize(userId, 'linear');

async function connected(honest: Connections, userId: string): Promise<void> {
  const { authorizationUrl } = await honest.authorize(userId, 'linear');
  await honest.complete(callbackOf(authorizationUrl), { userId });
}

const endpoints: readonly Endpoint[] = [
  {
    what: 'the MCP server',
    site: 'mcp',
    paths: ['/mcp'],
    call: authorize,
    outcomes: [null, ...unusable],
    readsHeadOnly: true,
  },
  {
    what: 'the metadata of the resource',
    site: 'mcp',
    paths: [`${RESOURCE}/mcp`, RESOURCE],
    call: authorize,
    outcomes: unusable,
  },
  {
    what: 'the metadata of the server',
    site: 'auth',
    paths: [SERVER, OPENID],
    call: authorize,
    outcomes: unusable,
  },
  {
    what: 'the registration',
    site: 'auth',
    paths: ['/register'],
    call: authorize,
    outcomes: [...unusable, 'client_unregistered'],
  },
  {
    what: 'the exchange of a code',
    site: 'auth',
    paths: ['/token'],
    call: async (hurried, honest, userId) => {
      const { authorizationUrl } = await honest.authorize(userId, 'linear');
      await hurried.complete(callbackOf(authorizationUrl), { userId });
    },
    outcomes: [...unusable, 'provider_refused'],
  },
  {
    what: 'a refresh',
    site: 'auth',
    paths: ['/token'],
    call: (hurried, _honest, userId) => hurried.getAccessToken(userId, 'linear'),
    outcomes: [...unusable, 'provider_refused'],
  },
  {
    what: 'a revocation',
    site: 'auth',
    paths: ['/revoke'],
    call: async (hurried, _honest, userId) => {
      const { removed, revocation } = await hurried.disconnect(userId, 'linear');
      expect(removed).toBe(true);
      // The latter for any status below 300, whatever its body.
      expect(['failed', 'revoked']).toContain(revocation);
    },
    outcomes: [null],
  },
];

/** What the requests are sent with. The guarded client is so without its guard, since the servers are on this machine. */
const clients: readonly (readonly [string, Fetch])[] = [
  ['fetch', globalThis.fetch],
  ['the guarded client', async (url, init) => sendRequest(new URL(url), init, lookup)],
];

type Case<Answer> = [
  what: string,
  name: string,
  client: string,
  attack: { page: Answer; endpoint: Endpoint; fetch: Fetch },
];

/** In the short form each answer is given at one endpoint, through one of the clients; where only the head is read, none with a body. */
const cases = <Answer>(answers: readonly (readonly [string, Answer])[]): Case<Answer>[] =>
  endpoints.flatMap((endpoint, index) =>
    answers.flatMap(([name, page], position) =>
      clients
        .filter(([client]) => endsAfter205 || name !== AFTER_205 || client !== 'fetch')
        .filter(
          (_client, which) =>
            isFull ||
            ((position + 2) % endpoints.length === index && (position + 1) % clients.length === which),
        )
        .map(([client, fetch]): Case<Answer> => [endpoint.what, name, client, { page, endpoint, fetch }]),
    ),
  );

describe('A server', () => {
  const world = McpWorld.forTests('sqlite');
  let users = 0;
  let most = 0;
  let watch: NodeJS.Timeout;
  beforeEach(() => {
    reset();
    most = 0;
    const used = () => process.memoryUsage().heapUsed + process.memoryUsage().external;
    const before = used();
    watch = setInterval(() => (most = Math.max(most, used() - before)), 5);
  });
  afterEach(() => clearInterval(watch));

  function reset(): void {
    world.reset();
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
  }

  async function attack({ page, endpoint, fetch }: Case<Page>[3]): Promise<void> {
    const honest = world.connections();
    const hurried = world.connections(undefined, { requestTimeoutMs: REQUEST_MS, fetch });
    const served: [ServerResponse, Socket | null][] = [];
    const watched: Page = (response, request) => {
      served.push([response, response.socket]);
      if (typeof page === 'function') page(response, request);
    };
    const userId = `user-${(users += 1)}`;
    if (endpoint.what === 'a refresh' || endpoint.what === 'a revocation') await connected(honest, userId);
    await world.host.rows.update({ userId }, { expiresAt: new Date(Date.now() - HOUR_MS) });
    // A client that is registered already would not be registered again.
    if (endpoint.what === 'the registration')
      await world.host.dataSource.getRepository(ConnectionClientRegistration).deleteAll();
    const site: Site = world[endpoint.site];
    for (const path of endpoint.paths) site.pages.set(path, watched);
    const before = await tokens(userId);
    expect(endpoint.outcomes).toContain(await codeOf(endpoint.call(hurried, honest, userId)));
    expect(served).not.toEqual([]);
    if (endpoint.what === 'a refresh') expect(await tokens(userId)).toEqual(before);
    await Promise.all(served.map(([response, socket]) => over(response, socket)));
    expect(most).toBeLessThan(MEMORY_BYTES);
    // An honest server is understood as before.
    reset();
    await connected(world.connections(), userId);
  }

  /** Without the claim on a refresh. */
  async function tokens(userId: string) {
    const row = await world.host.rows.findOneBy({ userId });
    return row && [row.accessTokenEncrypted, row.refreshTokenEncrypted, row.generation, row.status];
  }

  it.each(cases(bombs))(
    '%s that answers with %s, to %s, fills no memory',
    async (_what, _name, _client, attacked) => {
      await attack(attacked);
    },
  );

  it.each(cases(brief))(
    '%s that answers with %s, to %s, ends in a code',
    async (_what, _name, _client, attacked) => {
      await attack(attacked);
    },
  );

  it.each(cases(endless))(
    '%s that answers with %s, to %s, ends in a code once its time is over',
    async (_what, _name, _client, attacked) => {
      const endLimits = holdLimits();
      let isOver = false;
      const onSome = () => {
        isOver = true;
        endLimits(REQUEST_MS);
      };
      await attack({ ...attacked, page: (response) => attacked.page(response, onSome) });
      // A body that nobody reads may end no request by its time.
      expect(isOver || attacked.endpoint.readsHeadOnly === true).toBe(true);
    },
  );
});

/** Waits until a response is sent, or its connection is closed: a response without an end ends so alone. */
async function over(response: ServerResponse, socket: Socket | null): Promise<void> {
  if (response.writableFinished || !socket || socket.destroyed) return;
  await new Promise<void>((resolve) => {
    response.once('finish', resolve);
    socket.once('close', () => resolve());
  });
}
