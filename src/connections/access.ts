/** How providers are reached and flows are made, from the options of a host, which have been checked. */
import { Documents } from '../oauth/documents';
import { guardedFetch } from '../oauth/guarded-fetch';
import { clientMetadata } from '../oauth/registration';
import type { TokenCipher } from '../tokens/cipher';
import type { FlowOptions } from './authorize';
import type { ConnectionsOptions } from './options';
import type { ProviderAccess } from './providers';
import { redirectUri } from './redirect-uri';

const REQUEST_MS = 10_000;
const CALLBACK_PATH = '/connections/callback';
const CLIENT_NAME = 'MCP connections';

export function providerAccess(
  options: ConnectionsOptions,
  observe: ProviderAccess['observe'],
): ProviderAccess {
  const { fetch = globalThis.fetch, requestTimeoutMs: timeoutMs = REQUEST_MS } = options;
  return {
    exchange: { fetch, timeoutMs },
    // With a `fetch` of the host's, the guard against private addresses is the host's too.
    guarded: { fetch: options.fetch ?? guardedFetch, timeoutMs },
    trusted: new Set(options.trustedOrigins?.map((origin) => new URL(origin).origin)),
    documents: new Documents(),
    resolveSecret: options.resolveSecret,
    client: { name: options.clientName ?? CLIENT_NAME, uri: options.clientUri },
    clientMetadataUrl: options.clientMetadataUrl,
    observe,
  };
}

export function flowOptions(options: ConnectionsOptions, cipher: TokenCipher): FlowOptions {
  return {
    publicUrl: options.publicUrl,
    callbackPath: options.callbackPath ?? CALLBACK_PATH,
    callbackOrigins: options.callbackOrigins ?? [],
    returnOrigins: options.returnOrigins ?? [],
    cipher,
  };
}

/** The document to publish at `clientMetadataUrl`, with every redirect URI that a flow may have. */
export function publishedClient(
  { client, clientMetadataUrl }: ProviderAccess,
  flow: FlowOptions,
): Record<string, unknown> | undefined {
  if (clientMetadataUrl === undefined) return undefined;
  const origins = [undefined, ...flow.callbackOrigins];
  const redirectUris = new Set(origins.map((origin) => redirectUri('any', null, origin, flow)));
  return { client_id: clientMetadataUrl, ...clientMetadata(client, [...redirectUris]) };
}
