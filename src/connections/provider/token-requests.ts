/** What a provider is asked about tokens: for a code, for a refresh, and to revoke them. */
import { ConnectionsError, quote } from '../../errors';
import { inTime } from '../../oauth/in-time';
import { refreshParameters } from '../../oauth/request-parameters';
import type { TokenAnswer } from '../../oauth/token-answer';
import { type OAuthClient, requestTokens, revokeToken } from '../../oauth/token-endpoint';
import { isAboutClient } from '../../oauth/token-errors';
import type { TokenProvider } from '../../tokens/refresh-claim';
import { type Provider, forgetClientOf } from './provider';
import { repeatedScopes } from './scopes';

/**
 * Sends a token request, and never throws.
 * @param formerLifetimeMs of the access token that a refresh replaces; null where it did not expire, or none is replaced
 */
export type TokenRequest = (
  grantType: 'authorization_code' | 'refresh_token',
  parameters: Readonly<Record<string, string>>,
  formerLifetimeMs?: number | null,
) => Promise<TokenAnswer>;

/**
 * Has a token request at hand, the client's secret fetched. One that is refused is sent once more where that may help: with
 * the client's secret fetched again, which may have been rotated between the two; or without a `resource` that is not
 * declared. Both requests together take two time-outs at most.
 */
export async function tokenRequest(provider: Provider): Promise<TokenRequest> {
  const { requestMs } = provider;
  const client = await clientInTime(provider).catch(misconfigured);
  return async (grantType, parameters, formerLifetimeMs = null) => {
    if ('kind' in client) return client;
    const { options } = provider;
    const url = (grantType === 'refresh_token' ? options.refresh_url : undefined) ?? provider.tokenUrl;
    const until = performance.now() + 2 * requestMs;
    const ask = async (as: OAuthClient, sent = parameters): Promise<TokenAnswer> => {
      const exchange = provider.exchangeWith(url);
      const how = { ...exchange, deadline: Math.min(exchange.deadline ?? until, until) };
      return requestTokens({ url, client: as, options }, grantType, sent, how, formerLifetimeMs);
    };
    try {
      const answer = await ask(client);
      if (answer.kind !== 'misconfigured') return answer;
      const forgetClient = forgetClientOf(provider);
      if (forgetClient && isAboutClient(answer.error)) {
        // Tokens of a forgotten client are of no use to another. That it has tokens proves that the server once knew this client.
        if (grantType === 'refresh_token') await forgetClient(true).catch(() => undefined);
        return { ...answer, isClientForgotten: true };
      }
      if (grantType === 'refresh_token' && mayRefuseResource(provider, answer)) {
        const { resource: _resource, ...without } = parameters;
        const again = performance.now() >= until ? answer : await ask(client, without);
        return again.kind === 'misconfigured' ? answer : again;
      }
      if (answer.error !== 'invalid_client') return answer;
      const again = await clientInTime(provider, until - performance.now());
      return again.secret === client.secret || performance.now() >= until ? answer : await ask(again);
    } catch (error) {
      return misconfigured(error);
    }
  };
}

/** Some servers take a `resource` at the authorization endpoint, and refuse any refresh with one: status 400, in various words. */
function mayRefuseResource(provider: Provider, { error, status }: Misconfigured): boolean {
  const isResourceDiscovered = provider.isDiscovered && provider.isResourceDiscovered;
  return isResourceDiscovered && status === 400 && !isAboutClient(error);
}

type Misconfigured = Extract<TokenAnswer, { kind: 'misconfigured' }>;

function misconfigured(error: unknown): Misconfigured {
  return { kind: 'misconfigured', error: 'not_sent', cause: error };
}

/** The client with its secret, unless the resolver takes too long. */
async function clientInTime(
  provider: Provider,
  timeoutMs: number = provider.requestMs,
): Promise<OAuthClient> {
  return inTime(provider.client(), timeoutMs, () => {
    throw tooLate(provider.name);
  });
}

function tooLate(name: string): ConnectionsError {
  return new ConnectionsError(
    'secret_unresolved',
    `Connection ${quote(name)} cannot be used. Its client secret was not read in time. Check \`resolveSecret\` or the file system.`,
  );
}

/**
 * A provider, as the refresh protocol asks it.
 * @param isInUse whether the account has other tokens by now, which a revocation may end along with these
 */
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
