/**
 * Finds the authorization server of an MCP server from its URL, as the MCP authorization specification (2026-07-28)
 * describes: challenge, protected resource metadata, authorization server metadata.
 */
import { ConnectionsError, quote } from '../errors';
import { checkedAddress } from './addresses';
import type { Challenge } from './challenge';
import { readChallenge } from './challenge';
import type { DocumentAccess, Documents, Found, JsonDocument } from './documents';
import { unreachable } from './documents';
import type { ResourceMetadata } from './resource-metadata';
import { canonicalResource, readResourceMetadata, resourcePlaces } from './resource-metadata';
import type { ServerMetadata } from './server-metadata';
import { metadataPlaces, readServerMetadata } from './server-metadata';

/** One request, or cached document, of a discovery, and its result. */
export interface DiscoveryStep {
  /** What the step looked for. */
  readonly what: 'challenge' | 'resource metadata' | 'authorization server metadata';
  /** The URL that was requested, or whose document was cached. */
  readonly url: string;
  /**
   * `challenge`: a Bearer challenge. `document`: a JSON document that was fetched. `cached`: a cached document, without a
   * request. `absent`: there was an answer, now or within the last minute, but not with what was looked for; discovery
   * goes on with the next URL. `unreachable`: no answer in time, or for a document status 429 or 5xx.
   */
  readonly found: Found['kind'] | 'cached' | 'challenge';
}

export interface Discovered {
  readonly server: ServerMetadata;
  /** RFC 8707 section 2. */
  readonly resource: string;
  /** From the MCP server; null when it sent none. */
  readonly challenge: Challenge | null;
  /** From the challenge, else from the resource's metadata; empty when neither lists any. */
  readonly scopes: readonly string[];
}

export interface DiscoveryAccess extends DocumentAccess {
  readonly documents: Documents;
  readonly observe: (step: DiscoveryStep) => void;
}

/**
 * Discovers the authorization server of an MCP server.
 * @param address declared URL of the MCP server
 * @param issuer declared issuer; null when none is declared
 * @param known the server's last challenge, null when it sent none; undefined requests it
 * @throws ConnectionsError `discovery_failed`, `address_refused`, or `provider_unavailable` when a server does not answer
 */
export async function discover(
  address: string,
  issuer: string | null,
  access: DiscoveryAccess,
  known?: Challenge | null,
): Promise<Discovered> {
  const url = new URL(address);
  const trusted = new Set([url.origin, ...access.trusted]);
  const challenge = known === undefined ? await challengeOf(url, access) : known;
  const resource = await resourceMetadata(url, challenge, trusted, access);
  // Without resource metadata the MCP server may be its own authorization server, as earlier specifications required.
  const chosen = chooseServer(resource, issuer) ?? url.origin;
  const server = await serverMetadata(chosen, issuer, trusted, access);
  return {
    server,
    challenge,
    resource: resource?.resource ?? canonicalResource(url),
    scopes: challenge?.scopes ?? resource?.scopes ?? [],
  };
}

async function challengeOf(url: URL, access: DiscoveryAccess): Promise<Challenge | null> {
  let header: string | null = null;
  try {
    const first = await answerOf(url, null, access);
    header = first.status === 401 ? first.challenge : null;
    // Some servers check the token only when the request carries a message.
    if (first.status !== 401 && first.status >= 400 && first.status < 500) {
      const second = await answerOf(url, PING, access);
      header = second.status === 401 ? second.challenge : null;
    }
  } catch {
    access.observe({ what: 'challenge', url: url.href, found: 'unreachable' });
    return null;
  }
  const challenge = readChallenge(header);
  access.observe({ what: 'challenge', url: url.href, found: challenge ? 'challenge' : 'absent' });
  return challenge;
}

const PING = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });

/** @param message JSON to POST; null sends a GET */
async function answerOf(url: URL, message: string | null, { exchange }: DiscoveryAccess) {
  const accept = { accept: 'application/json, text/event-stream' };
  const init =
    message === null
      ? { headers: accept }
      : { method: 'POST', headers: { ...accept, 'content-type': 'application/json' }, body: message };
  const signal = AbortSignal.timeout(exchange.timeoutMs);
  const response = await exchange.fetch(url.href, { ...init, redirect: 'manual', signal });
  // An unread stream would hold the connection open.
  await response.body?.cancel().catch(() => undefined);
  return { status: response.status, challenge: response.headers.get('www-authenticate') };
}

async function resourceMetadata(
  url: URL,
  challenge: Challenge | null,
  trusted: ReadonlySet<string>,
  access: DiscoveryAccess,
): Promise<ResourceMetadata | null> {
  const said = challenge?.resourceMetadata;
  const places = [...(said ? [checkedAddress(said, trusted)] : []), ...resourcePlaces(url)];
  const document = await firstOf('resource metadata', places, trusted, access);
  return document && readResourceMetadata(document, url);
}

function chooseServer(resource: ResourceMetadata | null, issuer: string | null): string | null {
  if (!resource) return issuer;
  const [first] = resource.authorizationServers;
  if (issuer === null) return first ?? null;
  const isListed = (one: string) => one === issuer || one.replace(/\/$/, '') === issuer.replace(/\/$/, '');
  const listed = resource.authorizationServers.find(isListed);
  if (listed !== undefined) return listed;
  throw new ConnectionsError(
    'discovery_failed',
    `The MCP server names ${quote(first, 200)} as its authorization server, but the declared \`issuer\` is ` +
      `${quote(issuer, 200)}. Nothing was sent to either. Ask the operator of the MCP server which one is right, then correct ` +
      'or remove `issuer` in the declaration.',
  );
}

async function serverMetadata(
  chosen: string,
  issuer: string | null,
  trusted: ReadonlySet<string>,
  access: DiscoveryAccess,
): Promise<ServerMetadata> {
  const places = metadataPlaces(checkedAddress(chosen, trusted));
  const document = await firstOf('authorization server metadata', places, trusted, access);
  if (document) return readServerMetadata(document, issuer === null ? [chosen] : [chosen, issuer], trusted);
  throw new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(chosen, 200)} publishes no metadata at any of its well-known URLs (RFC 8414, ` +
      'OpenID Connect Discovery). Declare `authorize_url`, `token_url` and `client_id` for the connection.',
  );
}

/** @throws ConnectionsError `provider_unavailable` when no place has the document and one did not answer */
async function firstOf(
  what: DiscoveryStep['what'],
  places: readonly URL[],
  trusted: ReadonlySet<string>,
  access: DiscoveryAccess,
): Promise<JsonDocument | null> {
  let unreached: URL | null = null;
  for (const place of places) {
    const found = await access.documents.get(place, { ...access, trusted });
    const isCached = found.kind === 'document' && found.isCached;
    access.observe({ what, url: place.href, found: isCached ? 'cached' : found.kind });
    if (found.kind === 'document') return found.document;
    if (found.kind === 'unreachable') unreached ??= place;
  }
  if (unreached) throw unreachable(`The ${what} at ${quote(unreached.origin, 200)}`);
  return null;
}
