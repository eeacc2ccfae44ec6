/**
 * Finds the authorization server of an MCP server from its URL, as the MCP authorization specification (2026-07-28)
 * describes: challenge, protected resource metadata, authorization server metadata.
 */
import { ConnectionsError, quote } from '../errors';
import type { Challenge } from './challenge';
import type { Probe } from './probe';
import { probe } from './probe';
import { canonicalResource, covers, isSame, resourcePlaces } from './resource-metadata';
import { findResource } from './resource-search';
import type { DiscoveryAccess, Reading } from './search';
import { DECLARE_ENDPOINTS, Search, contradiction, placeAt, unusable } from './search';
import type { ServerMetadata } from './server-metadata';
import { readServerMetadata } from './server-metadata';
import type { ServerPlace } from './server-places';
import { otherServerListed, serverPlaces } from './server-places';

export interface Discovered {
  readonly server: ServerMetadata;
  /** RFC 8707 section 2. */
  readonly resource: string;
  /** The latest challenge of the MCP server that is known; null when it sent none. */
  readonly challenge: Challenge | null;
  /** From the challenge, else from the resource's metadata; empty when neither lists any. */
  readonly scopes: readonly string[];
}

/** What is known before any request. */
export interface Beginning {
  /** The declared issuer; null when none is declared. */
  readonly issuer: string | null;
  /** The declared `authorize_url`; null when none is declared. */
  readonly authorizeUrl: string | null;
  /** A challenge that was sent to the host just now, and takes the place of the probe; null when there is none. */
  readonly given: Challenge | null;
  /** The last challenge; null when the server sent none, undefined when it was never asked. */
  readonly known: Challenge | null | undefined;
}

/**
 * Discovers the authorization server of an MCP server.
 * @param address declared URL of the MCP server
 * @throws ConnectionsError `discovery_failed`, `address_refused`, or `provider_unavailable` when a server does not answer
 */
export async function discover(
  address: string,
  beginning: Beginning,
  access: DiscoveryAccess,
): Promise<Discovered> {
  const url = new URL(address);
  const { known = null } = beginning;
  const found = await firstProbe(url, beginning, access);
  // During an outage, what the server said before is better than nothing.
  const challenge = found.challenge ?? (found.isReached ? null : known);
  const search = new Search(quote(url.origin, 200), access);
  try {
    const described = await findResource(url, found.place, [challenge, known], search);
    const listed = described?.metadata.authorizationServers ?? [];
    const server = await serverMetadata(listed, url, beginning, access, search);
    return {
      server,
      challenge: remembered(challenge, described?.place ?? null, url),
      resource: described?.metadata.resource ?? canonicalResource(url),
      scopes: challenge?.scopes ?? described?.metadata.scopes ?? [],
    };
  } catch (error) {
    throw withRedirect(error, url, found.place);
  }
}

/** The challenge with which the same metadata will be found without asking the MCP server. */
function remembered(challenge: Challenge | null, place: URL | null, url: URL): Challenge | null {
  const hrefs = [challenge?.resourceMetadata, ...resourcePlaces(url).map(({ href }) => href)];
  if (place === null || hrefs.includes(place.href)) return challenge;
  return { scopes: null, error: null, ...challenge, resourceMetadata: place.href };
}

async function firstProbe(url: URL, { given, known }: Beginning, access: DiscoveryAccess): Promise<Probe> {
  if (given) {
    access.observe({ what: 'challenge', url: url.href, found: 'given' });
    return { challenge: given, isReached: true, place: url };
  }
  const isAsked = known === undefined || access.isFresh;
  return isAsked ? probe(url, access) : { challenge: known, isReached: true, place: url };
}

async function serverMetadata(
  listed: readonly string[],
  url: URL,
  { issuer, authorizeUrl }: Beginning,
  access: DiscoveryAccess,
  search: Search,
): Promise<ServerMetadata> {
  const places = serverPlaces(listed, issuer, url);
  if (!places) throw otherServerListed(listed, issuer ?? '');
  const remedy = (place: ServerPlace) => (said: string) => {
    const isFound = serverPlaces(listed, said, url)?.some((one) => one.url.href === place.url.href);
    return isFound ? 'If that issuer is the right one, declare it as `issuer`.' : DECLARE_ENDPOINTS;
  };
  for (const place of places) {
    const named = placeAt(place.url);
    const expected = { issuers: place.issuers, trusted: access.trusted, authorizeUrl, remedy: remedy(place) };
    const server = await search.metadata('authorization server metadata', named, (document) => {
      const reading = readServerMetadata(document, named, expected);
      // A declared issuer is the operator's word that the two belong together.
      return issuer === null ? forResource(reading, url) : reading;
    });
    if (server) return server;
  }
  if (places.length === 0) {
    search.missed(unusable('The MCP server', 'names authorization servers by no http or https URL').fault);
  }
  throw search.failure();
}

/** Refuses a server that lists its resources, without this one (RFC 9728 section 4). */
function forResource(reading: Reading<ServerMetadata>, url: URL): Reading<ServerMetadata> {
  if ('fault' in reading) return reading;
  const { issuer, protectedResources } = reading.metadata;
  if (protectedResources === null || protectedResources.some((one) => covers(one, url))) return reading;
  return contradiction(
    `The authorization server ${quote(issuer, 200)} lists the resources that it is for, and ${quote(url.origin, 200)} is not one of ` +
      'them (RFC 9728 section 4), so no token was requested',
    'If it is the right server all the same, declare it as `issuer`.',
  );
}

/** What a redirect that was not followed, or that leads to another path, has to do with the failure. */
function withRedirect(error: unknown, url: URL, place: URL): unknown {
  if (!(error instanceof ConnectionsError) || isSame(place.href, url)) return error;
  const where = place.origin === url.origin ? 'another path of its origin' : quote(place.origin, 200);
  // Servers behind a proxy that ends TLS add a slash to the address as they see it, with http.
  const isSlash = url.protocol === 'https:' && isSame(place.href.replace(/^http:/, 'https:'), url);
  const slash = `declare \`url\` ${place.pathname.endsWith('/') ? 'with' : 'without'} a slash at its end`;
  const remedy = isSlash ? slash : 'declare that address as `url`';
  return new ConnectionsError(
    error.code,
    `${error.message} The declared \`url\` redirects to ${where}; if the MCP server is there, ${remedy}.`,
    error,
  );
}
