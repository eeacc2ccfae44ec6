/** The provider of a connection, as the refresh protocol asks it. */
import type { ConnectionDefinition } from '../config/definition';
import { revokeToken } from '../oauth/token-endpoint';
import { refreshParameters } from '../oauth/token-parameters';
import type { TokenProvider } from '../tokens/refresh';
import type { ProviderAccess } from './provider';
import { askForTokens, clientOf, issuedUnder, oauthOf } from './provider';

export function tokenProvider(definition: ConnectionDefinition, access: ProviderAccess): TokenProvider {
  const oauth = oauthOf(definition);
  const { options, scopes, tokenUrl } = oauth;
  return {
    under: issuedUnder(definition),

    refresh(refreshToken) {
      const parameters = refreshParameters(options, refreshToken, scopes);
      return askForTokens(oauth, options.refresh_url ?? tokenUrl, access, 'refresh_token', parameters);
    },

    /** The refresh token, where there is one: at most providers the access tokens go with it. */
    async revoke({ accessToken, refreshToken }) {
      const url = options.revoke_url;
      if (url === undefined) return false;
      try {
        const endpoint = { url, client: await clientOf(oauth, access), options };
        const hint = refreshToken === undefined ? 'access_token' : 'refresh_token';
        return await revokeToken(endpoint, refreshToken ?? accessToken, hint, access.exchange);
      } catch {
        return false;
      }
    },
  };
}
