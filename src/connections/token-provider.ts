/** A provider, as the refresh protocol asks it. */
import { revokeToken } from '../oauth/token-endpoint';
import { refreshParameters } from '../oauth/request-parameters.js';
import type { TokenProvider } from '../tokens/refresh-claim.js';
import { scopesOf } from '../tokens/token-row';
import { type Provider, clientInTime, tokenRequest } from './provider';
import { OFFLINE_ACCESS } from './requested-scopes';

/** @param isInUse whether the account has other tokens by now, which a revocation may end along with these */
export function tokenProvider(provider: Provider, isInUse: () => Promise<boolean>): TokenProvider {
  const { options, scopes, revokeUrl, under } = provider;
  return {
    under,

    async prepare() {
      const send = await tokenRequest(provider);
      return (refreshToken, granted, formerLifetimeMs) => {
        const repeated = repeatedScopes(granted, scopes);
        return send('refresh_token', refreshParameters(options, refreshToken, repeated), formerLifetimeMs);
      };
    },

    /** The refresh token, where there is one: at most providers the access tokens go with it. */
    async revoke({ accessToken, refreshToken }) {
      if (revokeUrl === null) return false;
      try {
        const endpoint = { url: revokeUrl, client: await clientInTime(provider), options };
        // Last, since fetching the secret may take its time.
        if (options.revoke_reach === 'user' && (await isInUse())) return false;
        const hint = refreshToken === undefined ? 'access_token' : 'refresh_token';
        const exchange = provider.exchangeWith(revokeUrl);
        // A refusal of the client does not mean that it is forgotten: some servers let no public client revoke.
        return await revokeToken(endpoint, refreshToken ?? accessToken, hint, exchange);
      } catch {
        return false;
      }
    },
  };
}

/**
 * RFC 6749 section 6: none that was not granted. Servers leave `offline_access` out of what they have granted, and give no
 * other refresh token without it.
 */
function repeatedScopes(granted: string | null, declared: readonly string[]): readonly string[] {
  const own = scopesOf({ scopes: granted });
  if (own.length === 0) return declared;
  return [...new Set([...declared.filter((scope) => scope === OFFLINE_ACCESS), ...own])];
}
