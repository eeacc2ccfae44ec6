/** Which authorization servers may be that of an MCP server, where the metadata of each is, and which issuer it has to name. */
import { isSameIssuer } from '../config/authorization-server';
import { ConnectionsError, quote } from '../errors';
import { originOf, parseWebUrl } from '../url';
import { metadataPlaces } from './server-metadata';

export interface ServerCandidate {
  /** In the order in which they are tried. */
  readonly places: readonly URL[];
  /** The issuer that the metadata has to name. */
  readonly issuer: string;
  /** Whether the places are those of another server, at the origin of the declared issuer. */
  readonly isNeighbor: boolean;
}

/** What the servers that may be the one depend on. */
export interface ServerQuestion {
  /** Servers that the MCP server lists; empty where its metadata lists none, null where it has no metadata. */
  readonly listed: readonly string[] | null;
  /** The declared issuer; null when none is declared. */
  readonly declared: string | null;
  /** The issuer of the existing tokens or flow; null when it is not known, or there are none. */
  readonly issued: string | null;
  /** URL of the MCP server. */
  readonly resource: URL;
}

/** How many of the servers that an MCP server lists are looked at. */
const MAX_SERVERS = 5;

/** @returns null when the MCP server lists only servers that the declaration rules out */
export function serverCandidates(question: ServerQuestion): readonly ServerCandidate[] | null {
  const { declared, resource } = question;
  const listed = question.listed ?? [];
  if (declared === null) {
    const issued = issuedCandidate(question);
    if (issued) return [issued];
    // Without a list the MCP server may be its own authorization server, as earlier specifications required.
    const servers = listed.length > 0 ? listed.slice(0, MAX_SERVERS) : [resource.origin];
    return servers.flatMap((server) => candidate(server, server));
  }
  const own = candidate(declared, declared);
  // Servers at a path have their metadata at the root of their origin, too; there it is the origin's own word.
  if (listed.length === 0) return withoutRepeats([...own, ...candidate(originOf(declared) ?? '', declared)]);
  // A server at another origin could claim the declared issuer, and get what is meant for it.
  const near = listed.filter((one) => originOf(one) === originOf(declared)).slice(0, MAX_SERVERS);
  if (near.length === 0) return null;
  return withoutRepeats([...own, ...near.flatMap((server) => candidate(server, declared, true))]);
}

/**
 * The server that gave the tokens. While the MCP server lists it no other is asked, so that a failure of it does not look
 * like a move to the next one. An MCP server without metadata takes nothing back of what it once said.
 */
function issuedCandidate({ listed, issued }: ServerQuestion): ServerCandidate | null {
  if (issued === null) return null;
  const isNamed = listed === null || listed.some((one) => isSameIssuer(one, issued));
  return isNamed ? (candidate(issued, issued)[0] ?? null) : null;
}

/** None for what is no http or https URL. */
function candidate(server: string, issuer: string, isNeighbor = false): ServerCandidate[] {
  const url = parseWebUrl(server);
  return url ? [{ places: metadataPlaces(url), issuer, isNeighbor }] : [];
}

/** A place counts for the first server that has it. */
function withoutRepeats(candidates: readonly ServerCandidate[]): readonly ServerCandidate[] {
  const seen = new Set<string>();
  return candidates.map((one) => {
    const places = one.places.filter(({ href }) => !seen.has(href));
    for (const { href } of places) seen.add(href);
    return { ...one, places };
  });
}

/** @param listed at least one server, all of them at other origins than the issuer */
export function otherServerListed(listed: readonly string[], issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The MCP server names ${quote(listed[0], 200)} as its authorization server, but the declared \`issuer\` is ` +
      `${quote(issuer, 200)}. Nothing was sent to either. Ask the operator of the MCP server which one is right, then declare ` +
      'that one as `issuer`; or declare `authorize_url`, `token_url` and `client_id`, so that nothing is discovered.',
  );
}
