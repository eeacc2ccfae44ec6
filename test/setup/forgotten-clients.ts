/** An MCP world whose server forgets the clients that it has registered. */
import { beforeEach } from 'vitest';
import { codeOf } from './code-of';
import type { EngineName } from './engine-name';
import { SERVER, clientOf } from './mcp-world';
import { useRegisteredClients } from './registered-clients';
import { answer } from './site';

/** To be called in a `describe`, whose tests share it. */
export function useForgottenClients(engine: EngineName) {
  const used = useRegisteredClients(engine);
  const { world } = used;
  beforeEach(() => {
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
  });

  const clientWith = async (options = {}) => clientOf(await world.begin(used.connections, 'eve', options));
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
  const refused = (error: string) => world.auth.pages.set('/token', answer(400, { error }));
  return Object.assign(used, { clientWith, comeBack, refresh, refused });
}
