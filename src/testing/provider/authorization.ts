/** The authorization endpoint (RFC 6749 section 4.1.1), and what a user in front of it does. */
import { optionInvalid } from '../../options';
import type { KnownClient, ProviderClients } from './clients';
import type { Conditions } from './conditions';
import type { OAuthConnection } from '../../config/definition';
import { endpointsOf } from './endpoints';
import type { Grants } from './grants';
import { type RefusalCode, Refusal } from './refusal';
import { parseUrl } from '../../url';

export interface AuthorizationWorld {
  readonly connections: readonly OAuthConnection[];
  readonly clients: ProviderClients;
  readonly grants: Grants;
  readonly conditions: Conditions;
}

export interface Visit {
  readonly connection: OAuthConnection;
  /** Where the user comes back. */
  readonly callbackUrl: string;
}

/**
 * Lets a user agree, or say no.
 * @throws ConnectionsError `option_invalid` where a provider would show an error to the user instead of sending them back
 */
export async function visit(authorizationUrl: string, world: AuthorizationWorld): Promise<Visit> {
  const url = parseUrl(authorizationUrl);
  if (!url) throw unusable('what it was given is not a URL');
  const query = url.searchParams;
  const [clientId, redirectUri] = [query.get('client_id'), query.get('redirect_uri')];
  const { connection, client } = await askedFor(url, clientId, redirectUri, world);
  const answer = new URL(redirectUri ?? '');
  try {
    answer.searchParams.set('code', consent(query, connection, client, world));
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    answer.searchParams.set('error', error.code satisfies RefusalCode);
    answer.searchParams.set('error_description', error.message);
  }
  const state = query.get('state');
  if (state !== null) answer.searchParams.set('state', state);
  const { discovery } = endpointsOf(connection);
  // RFC 9207 section 2.
  if (discovery) answer.searchParams.set('iss', discovery.issuer);
  return { connection, callbackUrl: answer.href };
}

/** The connection by the endpoint, the client and the redirect URI, all of which connections may share. */
async function askedFor(
  url: URL,
  clientId: string | null,
  redirectUri: string | null,
  { connections, clients }: AuthorizationWorld,
): Promise<{ connection: OAuthConnection; client: KnownClient }> {
  const here = connections.filter((connection) => {
    const endpoint = new URL(endpointsOf(connection).authorization);
    return endpoint.origin === url.origin && endpoint.pathname === url.pathname;
  });
  if (here.length === 0)
    throw unusable(`no connection has its authorization endpoint at ${url.origin}${url.pathname}`);
  let isClientKnown = false;
  for (const connection of here) {
    const client = (await clients.of(connection)).find(({ id }) => id === clientId);
    if (client && redirectUri !== null && client.redirectUris.includes(redirectUri))
      return { connection, client };
    isClientKnown ||= client !== undefined;
  }
  // RFC 6749 section 4.1.2.1: no user is sent to an address that is not registered.
  throw unusable(
    isClientKnown
      ? 'its `redirect_uri` is not registered. It has to be that of the connection: see `publicUrl` and `callbackOrigins`'
      : 'its `client_id` is not known there',
  );
}

/** RFC 7636 section 4.2: 32 bytes. */
const S256 = /^[\w-]{43}$/;

/** @throws Refusal */
function consent(
  query: URLSearchParams,
  { name, oauth }: OAuthConnection,
  { id: clientId }: KnownClient,
  { conditions, grants }: AuthorizationWorld,
): string {
  if (query.get('response_type') !== 'code')
    throw new Refusal('unsupported_response_type', 'The response type must be `code`.');
  if (!query.get('state')) throw new Refusal('invalid_request', 'There is no `state`.');
  const { pkce, scope_separator: separator = ' ' } = oauth.options;
  const challenge = query.get('code_challenge');
  const isS256 = S256.test(challenge ?? '') && query.get('code_challenge_method') === 'S256';
  if (pkce !== 'off' && !isS256)
    throw new Refusal('invalid_request', 'There is no `code_challenge` of the method S256.');
  if (conditions.denials.at(name).length > 0) throw new Refusal('access_denied', 'The user said no.');
  const asked = (query.get('scope') ?? '').split(separator).filter((scope) => scope !== '');
  const refused = new Set(conditions.refusedScopes.at(name));
  const scopes = asked.filter((scope) => !refused.has(scope));
  const redirectUri = query.get('redirect_uri') ?? '';
  const resource = query.get('resource');
  // RFC 8707 section 2.
  if (resource !== null && (!parseUrl(resource) || resource.includes('#')))
    throw new Refusal('invalid_target', 'The resource is no absolute URI without a fragment.');
  return grants.code({ connectionName: name, clientId, redirectUri, challenge, scopes, resource });
}

function unusable(why: string): Error {
  return optionInvalid(
    `\`provider.visit\` takes the \`authorizationUrl\` of \`authorize\`, unchanged; ${why}.`,
  );
}
