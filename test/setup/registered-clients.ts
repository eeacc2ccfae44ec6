/** An MCP world whose host asks for clients: which it gets, and what it asks the server for. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { Connections } from '../../src';
import type { EngineName } from './engine-name';
import { McpWorld, REDIRECT_URI, clientOf } from './mcp-world';

/** To be called in a `describe`, whose tests share it. */
export function useRegisteredClients(engine: EngineName) {
  const world = McpWorld.forEachTest(engine);
  const used = { world } as { readonly world: McpWorld; connections: Connections };
  beforeEach(() => {
    used.connections = world.connections();
  });
  afterEach(() => void vi.restoreAllMocks());

  const asked = () =>
    world.auth.requests
      .filter(({ path }) => path === '/register')
      .map(({ body }) => JSON.parse(body) as Record<string, string>);
  const rows = () => world.clients.find({ order: { createdAt: 'ASC', redirectUri: 'DESC' } });
  return Object.assign(used, {
    clientFor: async (scopes: readonly string[] = [], from = used.connections, userId = 'eve') =>
      clientOf(await world.begin(from, userId, { scopes })),
    /** What the server was asked to register, in order. */
    asked,
    scopesAsked: () => asked().map(({ scope }) => scope),
    rows,
    /** The redirect URIs of the clients that are set aside. */
    aside: async () => (await rows()).map((row) => row.redirectUri).filter((uri) => uri !== REDIRECT_URI),
    /** Lets milliseconds pass since clients were registered, or written last. */
    age: (column: 'createdAt' | 'updatedAt', ms: number) =>
      world.clients
        .createQueryBuilder()
        .update()
        .set({ [column]: new Date(Date.now() - ms) })
        .execute(),
  });
}
