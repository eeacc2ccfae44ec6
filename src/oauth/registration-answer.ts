/** Reads what an authorization server answers to a registration (RFC 7591 section 3.2). */
import type { JsonObject } from '../config/definition';
import { quote } from '../errors';
import type { AuthMethod, ClientUse } from './client-metadata';
import { parseObject } from './json';
import { boundedScopes, isPrintable, LATEST_MS } from './limits';

/** What an authorization server issued for a registration (RFC 7591 section 3.2.1). */
export interface RegisteredClient {
  readonly clientId: string;
  readonly clientSecret: string | null;
  /** How it authenticates; null where that is not stored. */
  readonly authMethod: string | null;
  /** Milliseconds since the epoch; null when the secret does not expire, or there is none. */
  readonly expiresAt: number | null;
  /** What it was registered for; undefined where that is not stored. */
  readonly use?: ClientUse | undefined;
}

const MAX_CLIENT_ID = 2_048;
const MAX_CLIENT_SECRET = 4_096;
const KNOWN_METHODS: readonly AuthMethod[] = ['client_secret_basic', 'client_secret_post', 'none'];

/**
 * @param asked what was sent
 * @param listed methods that the server takes; null when it does not say
 * @returns the client, or what is wrong with it
 */
export function readRegistration(
  text: string,
  asked: ClientUse,
  listed: readonly string[] | null,
): RegisteredClient | string {
  const answer: JsonObject = parseObject(text) ?? {};
  const { client_id, client_secret, token_endpoint_auth_method: told, client_secret_expires_at } = answer;
  if (typeof client_id !== 'string' || client_id === '') return 'registered a client without a `client_id`';
  const secret = typeof client_secret === 'string' && client_secret !== '' ? client_secret : null;
  if (!isPrintable(client_id, MAX_CLIENT_ID)) return unusable('client_id', MAX_CLIENT_ID);
  if (secret !== null && !isPrintable(secret, MAX_CLIENT_SECRET))
    return unusable('client_secret', MAX_CLIENT_SECRET);
  const said = typeof told === 'string' && told !== '' ? told : null;
  const known = KNOWN_METHODS.find((method) => method === said);
  if (said !== null && known === undefined)
    return `registered a client that has to authenticate with ${quote(said, 80)}, which this package cannot do`;
  if (secret === null && (known ?? asked.authMethod) !== 'none' && asked.authMethod !== 'none')
    return `registered a client for ${asked.authMethod} without a \`client_secret\``;
  const authMethod = secret === null ? 'none' : (known ?? assumedMethod(asked.authMethod, listed));
  const expiresAt = typeof client_secret_expires_at === 'number' ? client_secret_expires_at * 1000 : 0;
  const isSecretUsed = secret !== null && authMethod !== 'none';
  return {
    clientId: client_id,
    clientSecret: secret,
    authMethod,
    // A secret that has expired before it was issued, by a wrong clock or a wrong unit, counts as one that does not expire.
    expiresAt: isSecretUsed && expiresAt > Date.now() ? Math.min(expiresAt, LATEST_MS) : null,
    use: { ...asked, scopes: asked.scopes && [...new Set([...asked.scopes, ...scopesOf(answer['scope'])])] },
  };
}

/** For an answer with a secret and without a method: as was asked, else as the server lists, else the default of RFC 7591. */
function assumedMethod(asked: AuthMethod, listed: readonly string[] | null): AuthMethod {
  if (asked !== 'none') return asked;
  const withSecret = KNOWN_METHODS.filter((method) => method !== 'none');
  return withSecret.find((method) => listed?.includes(method)) ?? 'client_secret_basic';
}

/** A server that registers fewer scopes than it was asked for would do the same each time: what was asked for counts, too. */
function scopesOf(scope: unknown): readonly string[] {
  return typeof scope === 'string' ? (boundedScopes(scope.split(' ')) ?? []) : [];
}

function unusable(field: string, limit: number): string {
  return `registered a client whose \`${field}\` is longer than ${limit} characters or is not printable ASCII (RFC 6749 appendix A)`;
}

/** What a refusal says (RFC 7591 section 3.2.2). */
export interface RegistrationRefusal {
  readonly status: number;
  /** Null for a code that is not known. */
  readonly error: string | null;
  /** Whether it is about the scopes, as far as its words say. */
  readonly isAboutScope: boolean;
}

const KNOWN_ERRORS = [
  'invalid_redirect_uri',
  'invalid_client_metadata',
  'invalid_software_statement',
  'unapproved_software_statement',
  // Of RFC 6749, which servers use here too.
  'invalid_scope',
  'invalid_request',
];

/** Whether it can be about the method, the grants or the scopes: servers that check requests by a schema have no word for it. */
export function isAboutUse({ status, error }: RegistrationRefusal): boolean {
  if (status !== 400 && status !== 422) return false;
  return error === null || ['invalid_client_metadata', 'invalid_scope', 'invalid_request'].includes(error);
}

export function readRefusal(status: number, text: string): RegistrationRefusal {
  const { error, error_description: description }: JsonObject = parseObject(text) ?? {};
  return {
    status,
    error: KNOWN_ERRORS.find((known) => known === error) ?? null,
    isAboutScope:
      error === 'invalid_scope' || (typeof description === 'string' && /\bscopes?\b/i.test(description)),
  };
}
