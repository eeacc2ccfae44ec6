/**
 * Finds the authorization server of an MCP server from its URL, as the MCP authorization specification (2026-07-28)
 * describes: challenge, protected resource metadata, authorization server metadata.
 */
import { ConnectionsError, quote } from '../errors';
import type { Challenge } from './challenge';
import { probe } from './probe';
import {
  canonicalResource,
  findResource,
  includesResource,
  isSame,
  resourcePlaces,
} from './resource-metadata';
import {
  type DiscoveryAccess,
  type Reading,
  type SearchFault,
  DECLARE_ENDPOINTS,
  Search,
  contradiction,
  placeAt,
  unusable,
} from './search';
import { type ServerMetadata, readServerMetadata } from './server-metadata';
import { type ServerCandidate, otherServerListed, serverCandidates } from './server-places';

export interface Discovered {
  readonly server: ServerMetadata;
  /** RFC 8707 section 2. */
  readonly resource: string;
  /** What the next discovery may begin with as `known`. */
  readonly challenge: Challenge | null | undefined;
  /** From the challenge, else from the resource's metadata; empty when neither lists any. */
  readonly scopes: readonly string[];
}

/** What is known before any request. */
export interface Beginning {
  /** The declared issuer; null when none is declared. */
  readonly issuer: string | null;
  /** The declared `authorize_url`; null when none is declared. */
  readonly authorizeUrl: string | null;
  /** What tokens, or a flow that ends, were issued under; null for a flow that begins. */
  readonly issued: Issued | null;
  /** A challenge that the host was sent just now; null when there is none. */
  readonly given: Challenge | null;
  /** The last challenge of the MCP server; null when it sent none, undefined when it was never reached. */
  readonly known: Challenge | null | undefined;
}

interface Issued {
  /** Null where it is not known. */
  readonly issuer: string | null;
  /** Whether something besides the row, which others may be able to write, confirms it; asked when the MCP server has no metadata. */
  readonly isVouched: () => Promise<boolean>;
}

/** Where the search for metadata begins. */
interface Start {
  readonly challenge: Challenge | null;
  /** Where the MCP server was asked in the end. */
  readonly place: URL;
  /** Whether the challenge is the latest that the MCP server is known to have sent. */
  readonly isLatest: boolean;
  /** Whether the MCP server answered, or was not asked. */
  readonly isReached: boolean;
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
  const { challenge, place, isLatest, isReached } = await startOf(url, beginning, access);
  const origin = quote(url.origin, 200);
  const search = new Search(origin, access);
  try {
    const described = await findResource(url, place, challenge, search);
    if (!isReached && !described) search.addFault(NO_ANSWER);
    const listed = described?.metadata.authorizationServers ?? null;
    // What was missed on the way to a list of servers has nothing to do with them.
    const next = listed && listed.length > 0 ? new Search(origin, access) : search;
    const server = await serverMetadata(listed, url, beginning, access, next);
    return {
      server,
      challenge: isLatest ? challengeToRemember(challenge, described?.place ?? null, url) : beginning.known,
      resource: described?.metadata.resource ?? canonicalResource(url),
      scopes: challenge?.scopes ?? described?.metadata.scopes ?? [],
    };
  } catch (error) {
    throw withRedirect(error, url, place);
  }
}

const NO_ANSWER: SearchFault = {
  kind: 'unreachable',
  text: 'The MCP server did not answer in time, or with status 429 or 5xx',
  remedy: 'Nothing was changed. Try again later.',
};

/** The challenge with which the same metadata will be found without asking the MCP server. */
function challengeToRemember(challenge: Challenge | null, place: URL | null, url: URL): Challenge | null {
  const hrefs = [challenge?.resourceMetadata, ...resourcePlaces(url).map(({ href }) => href)];
  if (place === null || hrefs.includes(place.href)) return challenge;
  return { scopes: null, error: null, ...challenge, resourceMetadata: place.href };
}

async function startOf(url: URL, { given, known }: Beginning, access: DiscoveryAccess): Promise<Start> {
  // A challenge of scopes alone, as of most answers with status 403, leaves it open where the metadata is.
  if (given && given.resourceMetadata !== null) {
    access.observe({ what: 'challenge', url: url.href, found: 'given' });
    return { challenge: given, place: url, isLatest: false, isReached: true };
  }
  if (known !== undefined && access.freshSince === undefined)
    return { challenge: known, place: url, isLatest: true, isReached: true };
  const { challenge, isReached, place } = await probe(url, access);
  // During an outage, what the server said before is better than nothing.
  return isReached
    ? { challenge, place, isLatest: true, isReached }
    : { challenge: known ?? null, place, isLatest: false, isReached };
}

async function serverMetadata(
  listed: readonly string[] | null,
  url: URL,
  { issuer, authorizeUrl, issued }: Beginning,
  access: DiscoveryAccess,
  search: Search,
): Promise<ServerMetadata> {
  const { trusted } = access;
  const isBelieved = issued !== null && (listed !== null || (await issued.isVouched()));
  const from = isBelieved ? issued.issuer : null;
  const candidatesFor = (declared: string | null) =>
    serverCandidates({ listed, declared, issued: from, resource: url });
  const candidates = candidatesFor(issuer);
  if (!candidates) throw otherServerListed(listed ?? [], issuer ?? '');
  // When a server does not answer, only a new flow without a declared issuer may go on to the next one.
  const mayGoOn = issuer === null && issued === null;
  for (const { places, issuer: expected, isNeighbor } of candidates) {
    search.turn();
    for (const place of places) {
      const server = await search.metadata('authorization server metadata', placeAt(place), (document) => {
        const read = (as: Pick<ServerCandidate, 'issuer' | 'isNeighbor'>, remedy: (said: string) => string) =>
          readServerMetadata(document, placeAt(place), { ...as, trusted, authorizeUrl, remedy });
        const reading = read({ issuer: expected, isNeighbor }, (said) => {
          const as = candidatesFor(said)?.find((one) => one.places.some(({ href }) => href === place.href));
          const isEnough = as && 'metadata' in read(as, () => '');
          return isEnough ? 'If that issuer is the right one, declare it as `issuer`.' : DECLARE_ENDPOINTS;
        });
        // A declared issuer is the operator's word that the two belong together.
        return issuer === null ? forResource(reading, url) : reading;
      });
      if (server) return server;
    }
    if (search.isOut && !mayGoOn) throw search.failure();
  }
  if (candidates.length === 0) {
    search.addFault(unusable('The MCP server', 'names authorization servers by no http or https URL').fault);
  }
  throw search.failure();
}

/** Refuses a server that lists its resources, without this one (RFC 9728 section 4). */
function forResource(reading: Reading<ServerMetadata>, url: URL): Reading<ServerMetadata> {
  if ('fault' in reading) return reading;
  const { issuer, protectedResources } = reading.metadata;
  if (protectedResources === null || protectedResources.some((one) => includesResource(one, url)))
    return reading;
  return contradiction(
    `The authorization server ${quote(issuer, 200)} lists the resources that it is for, and ${quote(url.origin, 200)} is not one of ` +
      'them (RFC 9728 section 4), so no token was requested',
    'If it is the right server all the same, declare it as `issuer`.',
  );
}

/** Adds to the error that the declared `url` redirects elsewhere, which may be why discovery failed. */
function withRedirect(error: unknown, url: URL, place: URL): unknown {
  if (!(error instanceof ConnectionsError) || isSame(place.href, url)) return error;
  const where = place.origin === url.origin ? 'another path of its origin' : quote(place.origin, 200);
  // Servers behind a proxy that ends TLS add a slash to the address as they see it, with http.
  const isSlash = url.protocol === 'https:' && isSame(place.href.replace(/^http:/, 'https:'), url);
  const slash = `declare \`url\` ${place.pathname.endsWith('/') ? 'with' : 'without'} a slash at its end`;
  // The path may be a secret, and is not shown.
  const remedy = isSlash ? slash : 'declare the address that it redirects to as `url`';
  return new ConnectionsError(
    error.code,
    `${error.message} The declared \`url\` redirects to ${where}; if the MCP server is there, ${remedy}.`,
    error,
  );
}
