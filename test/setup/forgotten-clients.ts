/** An MCP world whose server forgets the clients that it has registered. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { Connections } from '../../src';
import { codeOf } from './code-of';
import type { EngineName } from './engine-name';
import { McpWorld, SERVER } from './mcp-world';
import { answer } from './site';

/** To be called in a `describe`, whose tests share it. */
export function useForgottenClients(engine: EngineName) {
  const world = McpWorld.forTests(engine);
  const used = { world } as { readonly world: McpWorld; connections: Connections };
  beforeEach(async () => {
    await world.startAnew();
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
    used.connections = world.connections();
  });
  afterEach(() => void vi.restoreAllMocks());

  const clientOf = async (options = {}) =>
    (await world.begin(used.connections, 'eve', options)).searchParams.get('client_id');
  const rows = () => world.clients.find({ order: { createdAt: 'ASC', redirectUri: 'DESC' } });
  /** The redirect URIs of the clients that are set aside. */
  const aside = async () => (await rows()).map((row) => row.redirectUri).filter((uri) => uri.includes('#'));
  const comeBack = async (query: Record<string, string>, url?: URL) => {
    const { searchParams } = url ?? (await world.begin(used.connections, 'ole'));
    const callback = new URLSearchParams({ ...query, state: searchParams.get('state') ?? '' });
    return codeOf(
      used.connections.complete(`/connections/linear/callback?${callback.toString()}`, { userId: 'ole' }),
    );
  };
  const refresh = async (userId = 'ada') => {
    await world.host.expire(userId);
    return codeOf(used.connections.getAccessToken(userId, 'linear'));
  };
  /** Lets milliseconds pass since clients were registered, or written last. */
  const age = (column: 'createdAt' | 'updatedAt', ms: number) =>
    world.clients
      .createQueryBuilder()
      .update()
      .set({ [column]: new Date(Date.now() - ms) })
      .execute();
  const refused = (error: string) => world.auth.pages.set('/token', answer(400, { error }));
  return Object.assign(used, { clientOf, rows, aside, comeBack, refresh, age, refused });
}
