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
import { exchangeHead } from './exchange';
import type { ResourceMetadata } from './resource-metadata';
import {
  canonicalResource,
  covers,
  parentPlace,
  readResourceMetadata,
  resourcePlaces,
} from './resource-metadata';
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

interface Document {
  readonly content: JsonDocument;
  readonly place: URL;
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
  const challenge = known === undefined ? await challengeOf(url, access) : known;
  const metadata = await resourceMetadata(url, challenge, access);
  // Without resource metadata the MCP server may be its own authorization server, as earlier specifications required.
  const chosen = chooseServer(metadata, issuer) ?? url.origin;
  const server = await serverMetadata(chosen, issuer, access);
  // A declared issuer is the operator's word that the two belong together.
  if (issuer === null) checkProtectedResource(server, url);
  return {
    server,
    challenge,
    resource: metadata?.resource ?? canonicalResource(url),
    scopes: challenge?.scopes ?? metadata?.scopes ?? [],
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
  const answer = await exchangeHead(url.href, init, exchange);
  if (answer === null) throw unreachable('The MCP server');
  return { status: answer.status, challenge: answer.headers.get('www-authenticate') };
}

async function resourceMetadata(
  url: URL,
  challenge: Challenge | null,
  access: DiscoveryAccess,
): Promise<ResourceMetadata | null> {
  const said = challenge?.resourceMetadata;
  const places = [...(said ? [checkedAddress(said, access.trusted)] : []), ...resourcePlaces(url)];
  const found = await firstOf('resource metadata', places, access);
  const parent = found && parentPlace(found.content, found.place, url);
  const document = (parent && (await firstOf('resource metadata', [parent], access))) ?? found;
  return document && readResourceMetadata(document.content, document.place, url);
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
  access: DiscoveryAccess,
): Promise<ServerMetadata> {
  const places = metadataPlaces(checkedAddress(chosen, access.trusted));
  const document = await firstOf('authorization server metadata', places, access);
  const issuers = issuer === null ? [chosen] : [chosen, issuer];
  if (document) return readServerMetadata(document.content, issuers, access.trusted);
  throw new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(chosen, 200)} publishes no metadata at any of its well-known URLs (RFC 8414, ` +
      'OpenID Connect Discovery). Declare `authorize_url`, `token_url` and `client_id` for the connection.',
  );
}

/** @throws ConnectionsError `discovery_failed` where the server lists its resources, without this one (RFC 9728 section 4) */
function checkProtectedResource({ issuer, protectedResources }: ServerMetadata, url: URL): void {
  if (protectedResources === null || protectedResources.some((one) => covers(one, url))) return;
  throw new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} lists the resources that it is for, and ${quote(url.origin, 200)} is not one of ` +
      'them (RFC 9728 section 4), so no token was requested. If it is the right server all the same, declare it as `issuer`.',
  );
}

/** @throws ConnectionsError `provider_unavailable` when no place has the document and one did not answer */
async function firstOf(
  what: DiscoveryStep['what'],
  places: readonly URL[],
  access: DiscoveryAccess,
): Promise<Document | null> {
  let unreached: URL | null = null;
  for (const place of places) {
    const found = await access.documents.get(place, access);
    const isCached = found.kind === 'document' && found.isCached;
    access.observe({ what, url: place.href, found: isCached ? 'cached' : found.kind });
    if (found.kind === 'document') return { content: found.document, place };
    if (found.kind === 'unreachable') unreached ??= place;
  }
  if (unreached) throw unreachable(`The ${what} at ${quote(unreached.origin, 200)}`);
  return null;
}
