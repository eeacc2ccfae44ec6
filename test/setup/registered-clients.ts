/** An MCP world whose host asks for clients: which it gets, and what it asks the server for. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { Connections } from '../../src';
import type { EngineName } from './engine-name';
import { McpWorld, clientOf } from './mcp-world';

export const REDIRECT_URI = 'https://api.example.test/connections/linear/callback';

/** To be called in a `describe`, whose tests share it. */
export function useRegisteredClients(engine: EngineName) {
  const world = McpWorld.forTests(engine);
  const used = { world } as { readonly world: McpWorld; connections: Connections };
  beforeEach(async () => {
    await world.startAnew();
    used.connections = world.connections();
  });
  afterEach(() => void vi.restoreAllMocks());

  const asked = () =>
    world.auth.requests
      .filter(({ path }) => path === '/register')
      .map(({ body }) => JSON.parse(body) as Record<string, string>);
  return Object.assign(used, {
    clientFor: async (scopes: readonly string[] = [], from = used.connections, userId = 'eve') =>
      clientOf(await world.begin(from, userId, { scopes })),
    /** What the server was asked to register, in order. */
    asked,
    scopesAsked: () => asked().map(({ scope }) => scope),
    /** How many clients are set aside. */
    aside: async () =>
      (await world.clients.find()).filter(({ redirectUri }) => redirectUri !== REDIRECT_URI).length,
  });
}
