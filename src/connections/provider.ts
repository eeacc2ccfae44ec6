/** The authorization server of a connection and our client there, whether they are declared or were discovered. */
import type { ConnectionDefinition, OAuthDefinition, OAuthOptions } from '../config/definition';
import { ConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/token-endpoint.js';
import type { ExchangeOptions } from '../oauth/exchange';
import type { ServerMetadata } from '../oauth/server-metadata';
import type { TokenAnswer } from '../oauth/token-answer';
import { inTime } from '../oauth/in-time';
import { requestTokens } from '../oauth/token-endpoint';
import { isAboutClient } from '../oauth/token-errors';
import { configFingerprint } from '../tokens/fingerprint';
import type { IssuedUnder } from '../tokens/token-seal';

export interface Provider {
  /** Of the connection. */
  readonly name: string;
  /** What tokens that it gives are issued under. */
  readonly under: IssuedUnder;
  readonly clientId: string | null;
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string | null;
  readonly revokeUrl: string | null;
  /** Of the connection, with what discovery adds to it. */
  readonly options: OAuthOptions;
  /** Whether `resource` is what the MCP server names, and no declaration of the operator's. */
  readonly isResourceDiscovered: boolean;
  /** Of a flow that begins: all that are asked for. Else those that are declared. */
  readonly scopes: readonly string[];
  /** Whether it names itself in each callback (RFC 9207). */
  readonly namesIssuer: boolean;
  /** Milliseconds that one request may take. */
  readonly requestMs: number;
  /** How an endpoint is asked: by its own address, since a server may name any. */
  exchangeWith(url: string): ExchangeOptions;
  /** The client, its secret fetched at this moment. */
  client(): Promise<OAuthClient>;
  /**
   * For a client that the server does not know any more; undefined where an operator has to see to it.
   * @param isCertain whether nothing else can be the reason
   * @returns whether the next flow gets another client
   */
  forgetClient?: ((isCertain: boolean) => Promise<boolean>) | undefined;
}

/** @throws ConnectionsError `connection_not_oauth` */
export function oauthOf({ name, authType, oauth }: ConnectionDefinition): OAuthDefinition {
  if (oauth) return oauth;
  throw new ConnectionsError(
    'connection_not_oauth',
    `Connection ${quote(name)} is declared with auth_type ${quote(authType)}, so it has no tokens of users. Declare it with ` +
      'auth_type "oauth2" if users authorize it.',
    { connectionName: name },
  );
}

/** Whether the endpoints are for discovery to find. */
export function isDiscovered({ tokenUrl }: OAuthDefinition): boolean {
  return tokenUrl === null;
}

const known = new WeakMap<ConnectionDefinition, IssuedUnder>();

/** What tokens of a connection are issued under, as far as the declaration alone says it; sends no request. */
export function declaredUnder(definition: ConnectionDefinition): IssuedUnder {
  const before = known.get(definition);
  if (before) return before;
  const oauth = oauthOf(definition);
  const { clientId, tokenUrl, scopes, options } = oauth;
  const issuer = options.issuer ?? null;
  const client = isDiscovered(oauth)
    ? null
    : // The token URL says who the server is; an issuer that is added later must not disconnect anybody.
      { clientId, tokenUrl: tokenUrls(tokenUrl, options), issuer: null, scopes };
  const under = { issuer, configFingerprint: configFingerprint(placeOf(definition), client) };
  known.set(definition, under);
  return under;
}

/** The fingerprint of tokens that a server which was discovered issues to a client. */
export function issuedTo(
  clientId: string | null,
  definition: ConnectionDefinition,
  { issuer, tokenUrl }: ServerMetadata,
): string {
  const { options, scopes } = oauthOf(definition);
  const client = { clientId, tokenUrl: tokenUrls(tokenUrl, options), issuer, scopes };
  return configFingerprint(placeOf(definition), client);
}

/** Everywhere that refresh tokens go. */
function tokenUrls(tokenUrl: string | null, { refresh_url }: OAuthOptions): string | null {
  return refresh_url === undefined ? tokenUrl : `${tokenUrl} ${refresh_url}`;
}

/** Where tokens of a connection go. */
function placeOf(definition: ConnectionDefinition): { url: string; resource: string | null } {
  const { resource = null } = oauthOf(definition).options;
  return { url: definition.url, resource: resource === 'off' ? null : resource };
}

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
    if (url === null) return misconfigured(incomplete(provider.name, 'token_url'));
    const until = performance.now() + 2 * requestMs;
    const ask = async (as: OAuthClient, sent = parameters): Promise<TokenAnswer> => {
      const exchange = provider.exchangeWith(url);
      const how = { ...exchange, deadline: Math.min(exchange.deadline ?? until, until) };
      return requestTokens({ url, client: as, options }, grantType, sent, how, formerLifetimeMs);
    };
    try {
      const answer = await ask(client);
      if (answer.kind !== 'misconfigured') return answer;
      if (provider.forgetClient && isAboutClient(answer.error)) {
        // What it gave to a client that it does not know any more is of no use to another. Tokens show that it has known it.
        if (grantType === 'refresh_token') await provider.forgetClient(true).catch(() => undefined);
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
function mayRefuseResource(
  { isResourceDiscovered, options }: Provider,
  { error, status }: Misconfigured,
): boolean {
  return isResourceDiscovered && options.resource !== undefined && status === 400 && !isAboutClient(error);
}

type Misconfigured = Extract<TokenAnswer, { kind: 'misconfigured' }>;

function misconfigured(error: unknown): Misconfigured {
  return { kind: 'misconfigured', error: 'not_sent', cause: error };
}

/** @param field that the declaration lacks */
export function incomplete(connectionName: string, field: string): ConnectionsError {
  return new ConnectionsError(
    'connection_incomplete',
    `Connection ${quote(connectionName)} cannot be used: its declaration has no \`${field}\`. Declare \`client_id\`, ` +
      '`authorize_url` and `token_url`; or none of the endpoints, so that they are discovered from `url`.',
    { connectionName },
  );
}

/** The client with its secret, unless the resolver takes too long. */
export async function clientInTime(
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
