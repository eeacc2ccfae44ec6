/** The two programs that are compared on one engine, over the same tables, keys and token endpoint. */
import { createSecretKey, randomBytes } from 'node:crypto';
import { ConnectionOAuthState, Connections, keyRing } from 'mcp-connections';
import type { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import { declared } from '../tokens/declared';
import { ACCOUNT, CONNECTION, SCOPES } from '../tokens/users';
import type { Flow } from './floor';
import { flowAtTheFloor } from './floor';
import { openFloorDatabase } from './floor-databases';

export const variantNames = ['floor', 'ours'] as const;
export type VariantName = (typeof variantNames)[number];

export interface Variants {
  readonly flows: Readonly<Record<VariantName, Flow>>;
  readonly connections: Connections;
}

const PUBLIC_URL = 'https://api.example.test';
const REDIRECT_URI = `${PUBLIC_URL}/connections/${CONNECTION}/callback`;

/** The callback that a provider would send the user back with. */
export function callbackOf(authorizationUrl: string): string {
  const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
  return `${REDIRECT_URI}?${new URLSearchParams({ code: 'c'.repeat(43), state }).toString()}`;
}

export async function openVariants(
  engine: EngineName,
  { dataSource, address }: { readonly dataSource: DataSource; readonly address: string },
  tokenUrl: string,
): Promise<Variants> {
  const [id, bytes] = ['k1', randomBytes(32)];
  const registry = declared(tokenUrl);
  const cipher = keyRing({ current: id, keys: { [id]: bytes } });
  const connections = new Connections({ dataSource, registry }, { cipher, publicUrl: PUBLIC_URL });
  const ours: Flow = {
    begin: async (userId) => (await connections.authorize(userId, CONNECTION)).authorizationUrl,
    complete: (userId, callbackUrl) => connections.complete(callbackUrl, { userId }),
    close: () => connections.close(),
  };
  const authorizeUrl = new URL(await ours.begin('first'));
  authorizeUrl.search = '';
  const states = dataSource.getRepository(ConnectionOAuthState);
  const { configFingerprint } = await states.findOneByOrFail({ userId: 'first' });
  const client = {
    connectionName: CONNECTION,
    account: ACCOUNT,
    authorizeUrl: authorizeUrl.href,
    tokenUrl,
    clientId: 'client',
    clientSecret: 'secret',
    redirectUri: REDIRECT_URI,
    scopes: SCOPES.join(' '),
    configFingerprint: configFingerprint ?? '',
  };
  const floor = flowAtTheFloor(openFloorDatabase[engine](address), client, {
    id,
    key: createSecretKey(bytes),
  });
  return { flows: { floor, ours }, connections };
}
