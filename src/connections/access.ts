/** How providers are reached, as the options of a host say it: what has no default is checked here. */
import { ConnectionsError } from '../errors';
import { Documents } from '../oauth/documents';
import { guardedFetch } from '../oauth/guarded-fetch';
import { clientMetadata } from '../oauth/registration';
import type { FlowOptions } from './authorize';
import { callbackPath, milliseconds } from './checked';
import type { ConnectionsOptions } from './options';
import type { ProviderAccess } from './providers';
import { redirectUri } from './redirect-uri';
import { originOf } from './return-to';

const REQUEST_MS = 10_000;
const CALLBACK_PATH = '/connections/callback';
const CLIENT_NAME = 'MCP connections';

/** @throws ConnectionsError `option_invalid` */
export function providerAccess(
  options: ConnectionsOptions,
  observe: ProviderAccess['observe'],
): ProviderAccess {
  const { fetch = globalThis.fetch } = options;
  const timeoutMs = milliseconds('requestTimeoutMs', options.requestTimeoutMs, REQUEST_MS);
  return {
    exchange: { fetch, timeoutMs },
    // A `fetch` of the host's goes where it likes; the guard is its own then.
    guarded: { fetch: options.fetch ?? guardedFetch, timeoutMs },
    trusted: new Set(options.trustedOrigins?.map(checkedOrigin)),
    documents: new Documents(),
    resolveSecret: options.resolveSecret,
    client: { name: options.clientName ?? CLIENT_NAME, uri: options.clientUri },
    clientMetadataUrl: checkedClientUrl(options.clientMetadataUrl),
    observe,
  };
}

export function flowOptions(options: ConnectionsOptions): FlowOptions {
  return {
    publicUrl: options.publicUrl,
    callbackPath: callbackPath(options.callbackPath ?? CALLBACK_PATH),
    callbackOrigins: options.callbackOrigins ?? [],
    returnOrigins: options.returnOrigins ?? [],
    cipher: options.cipher,
  };
}

/** The document behind `clientMetadataUrl`, with every redirect URI that a flow may have. */
export function publishedClient(
  { client, clientMetadataUrl }: ProviderAccess,
  flow: FlowOptions,
): Record<string, unknown> | undefined {
  if (clientMetadataUrl === undefined) return undefined;
  const origins = [undefined, ...flow.callbackOrigins];
  const redirectUris = new Set(origins.map((origin) => redirectUri('any', null, origin, flow)));
  return { client_id: clientMetadataUrl, ...clientMetadata(client, [...redirectUris]) };
}

function checkedOrigin(text: string): string {
  const origin = originOf(text);
  if (origin !== null) return origin;
  throw new ConnectionsError(
    'option_invalid',
    '`trustedOrigins` must be http or https origins, as in `https://auth.internal`.',
  );
}

/** OAuth Client ID Metadata Document section 3: https, and a path of its own. */
function checkedClientUrl(text: string | undefined): string | undefined {
  if (text === undefined || (originOf(text)?.startsWith('https:') && new URL(text).pathname !== '/'))
    return text;
  throw new ConnectionsError('option_invalid', '`clientMetadataUrl` must be an https address with a path.');
}
