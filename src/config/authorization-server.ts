/**
 * What a declaration says about the authorization server of a connection, and whether two declarations mean the same server.
 * Endpoints are compared by what they lead to, not by how they are spelled.
 */
import { parseUrl } from '../url';
import type { ConnectionDefinition } from './definition';

export interface AuthorizationServer {
  /** `null` where it is not known. */
  readonly issuer: string | null;
  readonly authorizeUrl: string | null;
  readonly tokenUrl: string | null;
}

/** Endpoints that the declaration leaves to discovery are `null`. */
export function declaredServer({ oauth }: Pick<ConnectionDefinition, 'oauth'>): AuthorizationServer {
  const { authorizeUrl = null, tokenUrl = null, options } = oauth ?? {};
  return { issuer: options?.issuer ?? null, authorizeUrl, tokenUrl };
}

/** Compares the issuers; unless both are known, compares the token endpoints and the hosts of the authorization endpoints. */
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
  return one !== null && other !== null && destinationOf(one) === destinationOf(other);
}

/** Whether an address is at the URL or below its path. */
export function isBelow(address: string, url: string): boolean {
  return `${destinationOf(address)}/`.startsWith(`${destinationOf(url)}/`);
}

/** With its port; empty for what is no URL. */
export function hostOf(address: string | null): string {
  const url = address === null ? null : parseUrl(address);
  return url === null ? '' : url.host.replace(/\.(?=:|$)/, '');
}

/** Host and normalized path; drops the differences in spelling that servers and proxies ignore too. */
function destinationOf(address: string): string {
  const url = parseUrl(address);
  if (url === null) return address;
  const names: string[] = [];
  for (const segment of url.pathname.split('/').flatMap((one) => readSegment(one).split(/[/\\]/))) {
    const name = (segment.split(';')[0] ?? '').trim().toLowerCase();
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return [hostOf(address), ...names].join('/');
}

/** Decoded one by one, since a proxy may write the same character in another way. */
export function pathSegments({ pathname }: URL): string[] {
  return pathname.split('/').slice(1).map(readSegment);
}

/** One segment of a path, as every program reads it. */
function readSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
