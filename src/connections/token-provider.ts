/** The provider of a declared connection, as the refresh protocol asks it: over HTTP, its secret fetched when it is used. */
import type { ConnectionDefinition, OAuthDefinition } from '../config/definition';
import type { SecretResolver } from '../config/secrets';
import { resolveSecret } from '../config/secrets';
import { ConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/client-authentication';
import type { ExchangeOptions } from '../oauth/exchange';
import type { TokenAnswer } from '../oauth/token-answer';
import { requestTokens, revokeToken } from '../oauth/token-endpoint';
import { refreshParameters } from '../oauth/token-parameters';
import { configFingerprint } from '../tokens/fingerprint';
import type { TokenProvider } from '../tokens/refresh';
import type { IssuedUnder } from '../tokens/token-seal';

export interface ProviderAccess {
  readonly exchange: ExchangeOptions;
  readonly resolveSecret: SecretResolver | undefined;
}

/** @throws ConnectionsError `connection_not_oauth` */
export function oauthOf({ name, authType, oauth }: ConnectionDefinition): OAuthDefinition {
  if (oauth) return oauth;
  throw new ConnectionsError(
    'connection_not_oauth',
    `Connection ${quote(name)} is declared with auth_type ${quote(authType)}: there are no tokens of users for it.`,
  );
}

const known = new WeakMap<ConnectionDefinition, IssuedUnder>();

/** What tokens of a connection are issued under, as it is declared. */
export function issuedUnder(definition: ConnectionDefinition): IssuedUnder {
  const before = known.get(definition);
  if (before) return before;
  const { clientId, tokenUrl, scopes, options } = oauthOf(definition);
  const resource = options.resource === 'off' ? null : (options.resource ?? null);
  const surroundings = { clientId, tokenUrl, issuer: null, url: definition.url, resource, scopes };
  const under = { issuer: null, configFingerprint: configFingerprint(surroundings) };
  known.set(definition, under);
  return under;
}

export function tokenProvider(definition: ConnectionDefinition, access: ProviderAccess): TokenProvider {
  const oauth = oauthOf(definition);
  return {
    under: issuedUnder(definition),

    async refresh(refreshToken) {
      try {
        return await refreshed(oauth, refreshToken, access);
      } catch (error) {
        const said = error instanceof ConnectionsError ? error.message : 'the request could not be made';
        return { kind: 'misconfigured', error: said };
      }
    },

    /** The refresh token first: at most providers the access tokens go with it. */
    async revoke({ accessToken, refreshToken }) {
      const url = oauth.options.revoke_url;
      if (url === undefined) return false;
      try {
        const endpoint = { url, client: await clientOf(oauth, access), options: oauth.options };
        const given = refreshToken ?? accessToken;
        const hint = refreshToken === undefined ? 'access_token' : 'refresh_token';
        return await revokeToken(endpoint, given, hint, access.exchange);
      } catch {
        return false;
      }
    },
  };
}

async function refreshed(
  oauth: OAuthDefinition,
  refreshToken: string,
  access: ProviderAccess,
): Promise<TokenAnswer> {
  const url = oauth.options.refresh_url ?? oauth.tokenUrl;
  if (url === null) return { kind: 'misconfigured', error: 'no `token_url` is declared' };
  const ask = (client: OAuthClient) =>
    requestTokens(
      { url, client, options: oauth.options },
      'refresh_token',
      refreshParameters(oauth, refreshToken),
      access.exchange,
    );
  const client = await clientOf(oauth, access);
  const answer = await ask(client);
  if (answer.kind !== 'misconfigured' || answer.error !== 'invalid_client') return answer;
  // The secret may have been rotated between the two.
  const again = await clientOf(oauth, access);
  return again.secret === client.secret ? answer : ask(again);
}

/** @throws ConnectionsError `secret_unresolved`, or `provider_refused` without a client id */
async function clientOf(oauth: OAuthDefinition, access: ProviderAccess): Promise<OAuthClient> {
  const { clientId, clientSecret } = oauth;
  if (clientId === null) throw new ConnectionsError('provider_refused', 'no `client_id` is declared');
  const secret = clientSecret && (await resolveSecret(clientSecret, access.resolveSecret));
  return { id: clientId, secret };
}
