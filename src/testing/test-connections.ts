/** `Connections` for a test of a host: the real ones, over a database in memory and providers without a network. */
import type { SecretResolver } from '../config/secrets';
import type { Connections } from '../connections/connections';
import { ConnectionsFacade } from '../connections/facade';
import type { ConnectionsOptions } from '../connections/options';
import { redirectUri } from '../connections/flow/destinations';
import { MetadataStore } from '../store/metadata-store';
import type { TokenCipher } from '../tokens/cipher';
import { keyRing, parseKeyRing } from '../tokens/key-ring';
import { namedConnections } from './named-connections';
import { observedCipher } from './observed-cipher';
import { checkTestOptions, type TestConnectionsOptions } from './options';
import { ProviderClients } from './provider/clients';
import { ProviderServer } from './provider/server';
import { TestProvider } from './provider/test-provider';
import { inMemory } from './sql-js';

/** What a test is given. */
export interface TestKit<Name extends string = string> {
  /** To give to the code that is tested. */
  readonly connections: Connections<Name>;
  /** What the test tells the providers to do. */
  readonly provider: TestProvider<Name>;
  /** Initialized; its `dataSource` has the tables. */
  readonly store: MetadataStore<Name>;
  /** What `connections` was made of, for code that makes its own: `new Connections(store, options)`. */
  readonly options: ConnectionsOptions;
  /** Closes `connections` and the store, and frees the memory of the database. */
  readonly close: () => Promise<void>;
}

const LIFETIME_MS = 3_600_000;

const DEFAULTS = {
  publicUrl: 'https://app.test',
  // Shorter than the time-out of test runners, so that a test fails with `database_busy` and not with the runner's time-out.
  lockTimeoutMs: 1_000,
  logger: { warn: () => undefined, error: () => undefined },
} as const;

/**
 * Makes `Connections` for one test. Everything in it is real but the network: the store, the tokens, their encryption. It needs the
 * package `sql.js`.
 * @param options `names` or `config`; the rest is optional
 * @throws ConnectionsError `option_invalid`; `sync_incomplete` for a document with errors; `driver_unusable` without `sql.js`
 * @example
 * const { connections, provider } = await testConnections({ names: ['github'] });
 * await provider.connect('user-1', 'github', { scopes: ['repo'] });
 * provider.api((request, { scopes }) => Response.json({ scopes }));
 * const response = await connections.fetchFor('user-1', 'github')('https://api.github.test/user');
 */
export async function testConnections<const Name extends string>(
  options: TestConnectionsOptions<Name>,
): Promise<TestKit<Name>> {
  checkTestOptions(options);
  const { names, config = namedConnections(names ?? []), environment, entities, dataSource } = options;
  const { lifetimeMs = LIFETIME_MS, refreshTokens = true, connections: given = {} } = options;
  const { keys, cipher = cipherOf(keys), ...others } = given;
  const resolveSecret = given.resolveSecret ?? secretOf;
  const store = new MetadataStore<Name>({
    dataSource: dataSource ?? (await inMemory(entities)),
    config,
    environment,
    onSyncError: 'throw',
    logger: given.logger ?? DEFAULTS.logger,
  });
  await store.initialize();
  const clients = new ProviderClients(resolveSecret, ({ name, oauth }) => {
    const { addresses } = connections;
    const origins = [undefined, ...addresses.callbackOrigins];
    return origins.map((origin) => redirectUri(name, oauth.redirectUri, origin, addresses));
  });
  const server = new ProviderServer(
    () => store.registry,
    clients,
    { lifetimeMs, refreshTokens },
    given.trustedOrigins ?? {},
  );
  const { fetch } = server;
  const made: ConnectionsOptions = {
    ...DEFAULTS,
    // An option that is undefined counts as absent.
    ...Object.fromEntries(Object.entries(others).filter(([, value]) => value !== undefined)),
    cipher: observedCipher(cipher, (accessToken, ref) => server.grants.note(accessToken, ref)),
    resolveSecret,
    fetch,
    discoveryFetch: fetch,
  };
  let connections: Connections<Name>;
  try {
    connections = new ConnectionsFacade<Name>(store, made);
  } catch (error) {
    await store.close();
    throw error;
  }
  connections.on('disconnected', (ref) => server.grants.forget(ref));
  return {
    connections,
    provider: new TestProvider(server, connections, store),
    store,
    options: made,
    close: async () => {
      await connections.close();
      await store.close();
    },
  };
}

/** Known to the providers, too, since nothing outside of the test says what it is. */
const secretOf: SecretResolver = ({ kind }) => `secret-of-${kind}`;

function cipherOf(keys: ConnectionsOptions['keys']): TokenCipher {
  if (typeof keys === 'string') return parseKeyRing(keys);
  return keyRing(keys ?? { current: 'test', keys: { test: new Uint8Array(32) } });
}
