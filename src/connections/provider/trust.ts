/** Decides for each request, from its own address, whether the guard against private addresses is needed. */
import type { ConnectionDefinition, OAuthConnection } from '../../config/definition';
import type { ExchangeOptions } from '../../oauth/exchange';

export interface TrustSettings {
  /** For what is declared or vouched for. */
  readonly exchange: ExchangeOptions;
  /** For every other address, which a server has named. */
  readonly guarded: ExchangeOptions;
  /** Origins that the host vouches for, each for the connections named. */
  readonly trustedOrigins: ReadonlyMap<string, readonly string[]>;
}

/** Origins that need no guard for a connection: the declared one, and those that the host vouches for. */
export function trustedFor({ name, url }: ConnectionDefinition, options: TrustSettings): ReadonlySet<string> {
  const vouched = [...options.trustedOrigins].filter(([, names]) => names.includes(name));
  return new Set([new URL(url).origin, ...vouched.map(([origin]) => origin)]);
}

/** How an endpoint of a discovered server is asked; one that the declaration names itself needs no guard. */
export function exchangeFor(
  address: string,
  definition: OAuthConnection,
  options: TrustSettings,
): ExchangeOptions {
  const { refresh_url, revoke_url } = definition.oauth.options;
  const isDeclared = address === refresh_url || address === revoke_url;
  const isTrusted = isDeclared || trustedFor(definition, options).has(new URL(address).origin);
  return isTrusted ? options.exchange : options.guarded;
}

/** The same requests, all of them over at the deadline, by `performance.now()`. */
export function withDeadline(exchange: ExchangeOptions, deadline: number | undefined): ExchangeOptions {
  return deadline === undefined ? exchange : { ...exchange, deadline };
}
