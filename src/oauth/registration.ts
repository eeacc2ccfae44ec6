/** Dynamic client registration (RFC 7591). */
import { ConnectionsError, quote } from '../errors';
import type { ExchangeOptions } from './exchange';
import { exchange } from './exchange';
import { LATEST_MS, isPrintable } from './limits';

/** The client metadata that a host chooses (RFC 7591 section 2). */
export interface ClientDescription {
  /** `client_name`, which consent pages show. */
  readonly name: string;
  /** `client_uri`: home page of the host; default none. */
  readonly uri?: string | undefined;
}

/** What an authorization server issued for a registration (RFC 7591 section 3.2.1). */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** `token_endpoint_auth_method`; null when the server does not say. */
  readonly authMethod: string | null;
  /** Milliseconds since the epoch; null when the secret does not expire. */
  readonly expiresAt: number | null;
}

/** Metadata of a public client with these redirect URIs. */
export function clientMetadata({ name, uri }: ClientDescription, redirectUris: readonly string[]) {
  return {
    client_name: name,
    ...(uri === undefined ? {} : { client_uri: uri }),
    redirect_uris: redirectUris,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
}

/**
 * Registers a client.
 * @param url registration endpoint (RFC 7591 section 3)
 * @throws ConnectionsError `client_unregistered`, or `provider_unavailable` when the server does not answer
 */
export async function registerClient(
  url: string,
  client: ClientDescription,
  redirectUri: string,
  how: ExchangeOptions,
): Promise<RegisteredClient> {
  const body = JSON.stringify({
    ...clientMetadata(client, [redirectUri]),
    // OpenID Connect Dynamic Client Registration 1.0 section 2.
    application_type: isLocal(redirectUri) ? 'native' : 'web',
  });
  const headers = { accept: 'application/json', 'content-type': 'application/json' };
  const answer = await exchange(url, { method: 'POST', headers, body }, how);
  const server = quote(new URL(url).origin, 200);
  if (answer === null || answer.status === 429 || answer.status >= 500) {
    throw new ConnectionsError(
      'provider_unavailable',
      `The authorization server ${server} did not answer a client registration. Try again later.`,
    );
  }
  const isDone = answer.status >= 200 && answer.status < 300;
  const registered = isDone
    ? readClient(answer.body)
    : `refused to register a client (status ${answer.status}${errorOf(answer.body)})`;
  if (typeof registered !== 'string') return registered;
  throw new ConnectionsError(
    'client_unregistered',
    `The authorization server ${server} ${registered}. Register a client with the redirect URI ${quote(redirectUri, 200)} there ` +
      'by hand, and declare its `client_id`.',
  );
}

const MAX_CLIENT_ID = 2_048;
const MAX_CLIENT_SECRET = 4_096;
const MAX_AUTH_METHOD = 255;

/** @returns the client, or what is wrong with it */
function readClient(text: string): RegisteredClient | string {
  const { client_id, client_secret, token_endpoint_auth_method, client_secret_expires_at } = objectOf(text);
  if (typeof client_id !== 'string' || client_id === '') return 'registered a client without a `client_id`';
  const secret = typeof client_secret === 'string' && client_secret !== '' ? client_secret : null;
  if (!isPrintable(client_id, MAX_CLIENT_ID)) return unusable('client_id', MAX_CLIENT_ID);
  if (secret !== null && !isPrintable(secret, MAX_CLIENT_SECRET))
    return unusable('client_secret', MAX_CLIENT_SECRET);
  const method = token_endpoint_auth_method;
  const seconds = typeof client_secret_expires_at === 'number' ? client_secret_expires_at : 0;
  return {
    clientId: client_id,
    clientSecret: secret,
    authMethod: typeof method === 'string' && method.length <= MAX_AUTH_METHOD ? method : null,
    expiresAt: seconds > 0 ? Math.min(seconds * 1000, LATEST_MS) : null,
  };
}

function unusable(field: string, limit: number): string {
  return `registered a client whose \`${field}\` is longer than ${limit} characters or is not printable ASCII (RFC 6749 appendix A)`;
}

const KNOWN_ERRORS: ReadonlySet<unknown> = new Set([
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_software_statement',
  'unapproved_software_statement',
]);

/** Only the error codes of RFC 7591 section 3.2.2 are shown. */
function errorOf(text: string): string {
  const { error } = objectOf(text);
  return KNOWN_ERRORS.has(error) ? `, ${String(error)}` : '';
}

function objectOf(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function isLocal(redirectUri: string): boolean {
  const { protocol, hostname } = new URL(redirectUri);
  return !/^https?:$/.test(protocol) || /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}
