/** Registered clients whose key a process has or has lost. */
import { beforeEach } from 'vitest';
import type { ConnectionsOptions } from '../../src';
import { keyRing } from '../../src';
import { keyOf } from './connected';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';
import { McpWorld } from './mcp-world';
import { shortenPauses } from './short-pauses';

const k1 = { k1: keyOf('1') };
const k2 = { k2: keyOf('2') };
export const rings = {
  first: keyRing({ current: 'k1', keys: k1 }),
  both: keyRing({ current: 'k2', keys: { ...k1, ...k2 } }),
  second: keyRing({ current: 'k2', keys: k2 }),
};

/** To be called in a `describe`, whose tests share it. */
export function useLostClients(engine: EngineName) {
  const world = McpWorld.forEachTest(engine);
  shortenPauses();
  beforeEach(() => {
    world.host.logger.lines.length = 0;
  });

  const connectionsWith = (options: Partial<ConnectionsOptions>, oauth = {}, name = 'linear') =>
    world.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [world.auth.origin]: [name] }, ...options },
      declaration({ [name]: entry({ url: world.url, oauth_config: oauth }) }),
    );
  const oldHost = { publicUrl: 'https://old.example.test' };
  /** A user with tokens of `k2`, and beside their client one that only `k1` decrypts, of a redirect URI that nobody uses. */
  const withLostClient = async () => {
    await connectionsWith({ ...oldHost, cipher: rings.first }).authorize('ada', 'linear');
    const connections = connectionsWith({ cipher: rings.second });
    await world.connect(connections);
    await world.host.expire('ada');
    return connections;
  };
  return { world, connectionsWith, withLostClient };
}
