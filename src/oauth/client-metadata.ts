/** What a client is registered or published for, and the metadata that says so (RFC 7591 section 2). */
import type { OAuthOptions } from '../config/definition';
import { boundedScopes } from './limits';
import type { ServerMetadata } from './server-metadata';

/** The client metadata that a host chooses (RFC 7591 section 2). */
export interface ClientDescription {
  /** `client_name`, which consent pages show. */
  readonly name: string;
  /** `client_uri`: home page of the host; default none. */
  readonly uri?: string | undefined;
}

type DeclaredMethod = NonNullable<OAuthOptions['token_endpoint_auth_method']>;

/** How a client can be registered to authenticate (RFC 7591 section 2). */
export type AuthMethod = Exclude<DeclaredMethod, 'client_secret_basic_raw'>;

/** What one client is registered for. */
export interface ClientUse {
  /** `token_endpoint_auth_method`. */
  readonly authMethod: AuthMethod;
  /** `grant_types`. */
  readonly grantTypes: readonly string[];
  /** `scope`; null for a client that the server registers only without it, which counts as registered for every scope. */
  readonly scopes: readonly string[] | null;
}

/** What a client must be registered for to be of use. */
export interface ClientNeed {
  /** Any of these, the preferred one first; none when the server takes no method that we can do. */
  readonly authMethods: readonly AuthMethod[];
  /** All of these. */
  readonly grantTypes: readonly string[];
  /** All of these; null when they are more than a request may have, which only a client without `scope` covers. */
  readonly scopes: readonly string[] | null;
}

/** What a client that the host publishes is for: its one document serves every server that reads it. */
export const PUBLISHED_USE: ClientUse = {
  authMethod: 'none',
  grantTypes: ['authorization_code', 'refresh_token'],
  scopes: null,
};

/** Metadata of a client with these redirect URIs. */
export function clientMetadata(
  { name, uri }: ClientDescription,
  redirectUris: readonly string[],
  { authMethod, grantTypes, scopes }: ClientUse,
) {
  return {
    client_name: name,
    ...(uri === undefined ? {} : { client_uri: uri }),
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: ['code'],
    token_endpoint_auth_method: authMethod,
    ...(scopes === null || scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  };
}

/** In this order: the characters of a secret can be misread in a header (RFC 6749 section 2.3.1), but not in a form. */
const SECRET_METHODS: readonly AuthMethod[] = ['client_secret_post', 'client_secret_basic'];

/**
 * The methods that a client may be registered with. A server without a list takes Basic by default (RFC 8414 section 2), and
 * most take public clients.
 * @param declared of the connection; undefined where the server's list decides
 */
export function authMethodsOf(
  { authMethods }: Pick<ServerMetadata, 'authMethods'>,
  declared: DeclaredMethod | undefined,
): readonly AuthMethod[] {
  if (declared !== undefined)
    return [declared === 'client_secret_basic_raw' ? 'client_secret_basic' : declared];
  if (authMethods === null) return ['none', 'client_secret_basic'];
  const known: readonly AuthMethod[] = ['none', ...SECRET_METHODS];
  return known.filter((method) => authMethods.includes(method));
}

/** Most servers that list no grant types refresh tokens, although the default of RFC 8414 section 2 has no `refresh_token`. */
export function refreshesTokens({ grantTypes }: Pick<ServerMetadata, 'grantTypes'>): boolean {
  return grantTypes === null || grantTypes.includes('refresh_token');
}

/** @param declared method of the connection */
export function clientNeed(
  server: Pick<ServerMetadata, 'authMethods' | 'grantTypes'>,
  declared: DeclaredMethod | undefined,
  scopes: readonly string[],
): ClientNeed {
  return {
    authMethods: authMethodsOf(server, declared),
    grantTypes: ['authorization_code', ...(refreshesTokens(server) ? ['refresh_token'] : [])],
    scopes,
  };
}

/** @param use what the client was registered for; undefined when that was not stored, which counts as everything */
export function covers(use: ClientUse | undefined, { authMethods, grantTypes, scopes }: ClientNeed): boolean {
  if (use === undefined) return true;
  const isFor = (list: readonly string[] | null, wanted: readonly string[] | null) =>
    list === null || (wanted !== null && wanted.every((one) => list.includes(one)));
  return (
    authMethods.includes(use.authMethod) && isFor(use.grantTypes, grantTypes) && isFor(use.scopes, scopes)
  );
}

/**
 * Adds the scopes of the client that is replaced, so that users who need different ones do not take turns to replace it. And keeps
 * its method, where that will do: a server that has registered it refuses something else.
 */
export function needBesides(need: ClientNeed, predecessor: ClientUse | undefined): ClientNeed {
  const methods = need.authMethods.filter((method) => method === predecessor?.authMethod);
  const both = { ...need, authMethods: methods.length > 0 ? methods : need.authMethods };
  if (need.scopes === null || !predecessor?.scopes?.length) return both;
  return { ...both, scopes: boundedScopes([...new Set([...need.scopes, ...predecessor.scopes])]) };
}
