/** How providers are reached and flows are made, from the options of a host, which have been checked. */
import type { ConnectionDefinition } from '../config/definition';
import { Documents } from '../oauth/documents';
import { guardedFetch } from '../oauth/guarded-fetch';
import { PUBLISHED_USE, clientMetadata } from '../oauth/client-metadata';
import type { TokenCipher } from '../tokens/cipher';
import type { FlowOptions } from './authorize';
import { publishedId } from './clients';
import type { ConnectionsOptions, ServiceAddresses } from './options';
import type { ProviderAccess } from './providers';
import { redirectUri } from './redirect-uri';

const REQUEST_MS = 10_000;
const CALLBACK_PATH = '/connections/{name}/callback';
const CLIENT_NAME = 'MCP connections';

export function providerAccess(
  options: ConnectionsOptions,
  observe: ProviderAccess['observe'],
): ProviderAccess {
  const { fetch = globalThis.fetch, requestTimeoutMs: timeoutMs = REQUEST_MS } = options;
  return {
    exchange: { fetch, timeoutMs },
    guarded: { fetch: options.discoveryFetch ?? guardedFetch, timeoutMs },
    trustedOrigins: trustedOrigins(options),
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

export function serviceAddresses(options: FlowOptions): ServiceAddresses {
  const { publicUrl = null, callbackPath, callbackOrigins, returnOrigins } = options;
  return Object.freeze({ publicUrl, callbackPath, callbackOrigins, returnOrigins });
}

/** Two spellings of one origin are one. */
function trustedOrigins({ trustedOrigins: given = {} }: ConnectionsOptions): Map<string, readonly string[]> {
  const trusted = new Map<string, readonly string[]>();
  for (const [text, names] of Object.entries(given)) {
    const { origin } = new URL(text);
    trusted.set(origin, [...(trusted.get(origin) ?? []), ...names]);
  }
  return trusted;
}

/** The document to publish for the client of a connection, with every redirect URI that a flow of it may have. */
export function publishedClient(
  { name, oauth }: ConnectionDefinition,
  access: ProviderAccess,
  flow: FlowOptions,
): Record<string, unknown> | undefined {
  const id = publishedId(name, access);
  if (id === undefined || oauth === null) return undefined;
  const origins = [undefined, ...flow.callbackOrigins];
  const redirectUris = new Set(origins.map((origin) => redirectUri(name, oauth.redirectUri, origin, flow)));
  return { client_id: id, ...clientMetadata(access.client, [...redirectUris], PUBLISHED_USE) };
}
