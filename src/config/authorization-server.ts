/**
 * What a declaration says about the authorization server of a connection, and whether two declarations mean the same server.
 * Endpoints are compared by what they lead to, not by how they are spelled.
 */
import type { ConnectionDefinition } from './definition';

export interface AuthorizationServer {
  /** `null` where it is not known. */
  readonly issuer: string | null;
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string | null;
}

/** Nothing is known of the endpoints that are for discovery to find. */
export function declaredServer({ oauth }: Pick<ConnectionDefinition, 'oauth'>): AuthorizationServer {
  const { authorizeUrl = null, tokenUrl = null, options } = oauth ?? {};
  return { issuer: options?.issuer ?? null, authorizeUrl, tokenUrl };
}

/** By its issuer; where that is not known of both, by where codes are exchanged. */
export function isSameServer(one: AuthorizationServer, other: AuthorizationServer): boolean {
  if (one.issuer !== null && other.issuer !== null) return isSameIssuer(one.issuer, other.issuer);
  return (
    isSameEndpoint(one.tokenUrl, other.tokenUrl) && hostOf(one.authorizeUrl) === hostOf(other.authorizeUrl)
  );
}

/** A slash at the end is a common mistake. */
export function isSameIssuer(one: string, other: string): boolean {
  return one.replace(/\/$/, '') === other.replace(/\/$/, '');
}

export function isSameEndpoint(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && placeOf(one) === placeOf(other);
}

/** Whether an address is at the URL or below its path. */
export function isBelow(address: string, url: string): boolean {
  return `${placeOf(address)}/`.startsWith(`${placeOf(url)}/`);
}

/** With its port; empty for what is no URL. */
export function hostOf(url: string | null): string {
  return url !== null && URL.canParse(url) ? new URL(url).host.replace(/\.(?=:|$)/, '') : '';
}

/** Host and path. Servers and proxies ignore the differences that are ignored here. */
function placeOf(url: string): string {
  if (!URL.canParse(url)) return url;
  const kept: string[] = [];
  for (const segment of new URL(url).pathname.split('/').flatMap((one) => decoded(one).split(/[/\\]/))) {
    const name = (segment.split(';')[0] ?? '').trim().toLowerCase();
    if (name === '..') kept.pop();
    else if (name !== '' && name !== '.') kept.push(name);
  }
  return [hostOf(url), ...kept].join('/');
}

/** One segment of a path, as every program reads it. */
export function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
