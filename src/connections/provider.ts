/** The authorization server of a connection and our client there, as a flow and a refresh need them. */
import type { ConnectionDefinition, OAuthDefinition } from '../config/definition';
import type { SecretResolver } from '../config/secrets';
import { resolveSecret } from '../config/secrets';
import { ConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/client-authentication';
import type { ExchangeOptions } from '../oauth/exchange';
import type { TokenAnswer } from '../oauth/token-answer';
import { requestTokens } from '../oauth/token-endpoint';
import { configFingerprint } from '../tokens/fingerprint';
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
  const issuer = options.issuer ?? null;
  const surroundings = { clientId, tokenUrl, issuer, url: definition.url, resource, scopes };
  const under = { issuer, configFingerprint: configFingerprint(surroundings) };
  known.set(definition, under);
  return under;
}

/**
 * Asks a token endpoint as the connection's client, its secret fetched at this moment. One that the provider refuses is
 * fetched once more: it may have been rotated between the two.
 */
export async function askForTokens(
  oauth: OAuthDefinition,
  url: string | null,
  access: ProviderAccess,
  grantType: 'authorization_code' | 'refresh_token',
  parameters: Readonly<Record<string, string>>,
): Promise<TokenAnswer> {
  if (url === null) return { kind: 'misconfigured', error: 'no `token_url` is declared' };
  try {
    const ask = (client: OAuthClient) =>
      requestTokens({ url, client, options: oauth.options }, grantType, parameters, access.exchange);
    const client = await clientOf(oauth, access);
    const answer = await ask(client);
    if (answer.kind !== 'misconfigured' || answer.error !== 'invalid_client') return answer;
    const again = await clientOf(oauth, access);
    return again.secret === client.secret ? answer : await ask(again);
  } catch (error) {
    const said = error instanceof ConnectionsError ? error.message : 'the request could not be made';
    return { kind: 'misconfigured', error: said };
  }
}

/** @throws ConnectionsError `secret_unresolved`, or `provider_refused` without a client id */
export async function clientOf(oauth: OAuthDefinition, access: ProviderAccess): Promise<OAuthClient> {
  const { clientId, clientSecret } = oauth;
  if (clientId === null) throw new ConnectionsError('provider_refused', 'no `client_id` is declared');
  const secret = clientSecret && (await resolveSecret(clientSecret, access.resolveSecret));
  return { id: clientId, secret };
}
