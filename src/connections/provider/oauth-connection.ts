/** Connections that users authorize, and what their tokens are issued under as far as the declaration alone says it. */
import type { ConnectionDefinition, OAuthConnection, OAuthOptions } from '../../config/definition';
import { isDeclared, isOAuth } from '../../config/definition';
import { ConnectionsError, quote } from '../../errors';
import type { ServerMetadata } from '../../oauth/server-metadata';
import { type TokenPlace, configFingerprint } from '../../tokens/fingerprint';
import type { IssuedUnder } from '../../tokens/token-seal';

/** @throws ConnectionsError `connection_not_oauth` */
export function requireOAuth(definition: ConnectionDefinition): OAuthConnection {
  if (isOAuth(definition)) return definition;
  const { name, authType } = definition;
  throw new ConnectionsError(
    'connection_not_oauth',
    `Connection ${quote(name)} is declared with auth_type ${quote(authType)}, so it has no tokens of users. Declare it with ` +
      'auth_type "oauth2" if users authorize it.',
    { connectionName: name },
  );
}

/** Worked out once for each: every access token asks for it. */
const underByDefinition = new WeakMap<ConnectionDefinition, IssuedUnder>();

/** What tokens of a connection are issued under, as far as the declaration says it; sends no request. */
export function declaredUnder(definition: OAuthConnection): IssuedUnder {
  const before = underByDefinition.get(definition);
  if (before) return before;
  const { clientId, scopes, options } = definition.oauth;
  const client = isDeclared(definition)
    ? // The token URL says who the server is; an issuer that is added later must not disconnect anybody.
      { clientId, tokenUrl: tokenUrls(definition.oauth.tokenUrl, options), issuer: null, scopes }
    : null;
  const under = {
    issuer: options.issuer ?? null,
    configFingerprint: configFingerprint(tokenPlace(definition), client),
  };
  underByDefinition.set(definition, under);
  return under;
}

/** The fingerprint of tokens that a server which was discovered issues to a client. */
export function issuedTo(
  clientId: string | null,
  definition: OAuthConnection,
  { issuer, tokenUrl }: ServerMetadata,
): string {
  const { options, scopes } = definition.oauth;
  const client = { clientId, tokenUrl: tokenUrls(tokenUrl, options), issuer, scopes };
  return configFingerprint(tokenPlace(definition), client);
}

/** Everywhere that refresh tokens go. */
function tokenUrls(tokenUrl: string, { refresh_url }: OAuthOptions): string {
  return refresh_url === undefined ? tokenUrl : `${tokenUrl} ${refresh_url}`;
}

/** Where tokens of a connection go. */
function tokenPlace({ url, oauth }: OAuthConnection): TokenPlace {
  const { resource = null } = oauth.options;
  return { url, resource: resource === 'off' ? null : resource };
}
