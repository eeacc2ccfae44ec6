/** Which documents may be the metadata of an MCP server's authorization server, and which issuers they may name. */
import { ConnectionsError, quote } from '../errors';
import { metadataPlaces } from './server-metadata';

export interface ServerPlace {
  readonly url: URL;
  /** Accepted issuers, the one that is looked for first. */
  readonly issuers: readonly string[];
}

/** How many of the servers that an MCP server lists are looked at. */
const MAX_SERVERS = 5;

/**
 * @param listed by the MCP server; empty where it lists none
 * @param issuer declared; null when none is
 * @param resource URL of the MCP server
 * @returns null when the MCP server lists only servers that the declaration rules out
 */
export function serverPlaces(
  listed: readonly string[],
  issuer: string | null,
  resource: URL,
): readonly ServerPlace[] | null {
  if (issuer === null) {
    // Without a list the MCP server may be its own authorization server, as earlier specifications required.
    const servers = listed.length > 0 ? listed.slice(0, MAX_SERVERS) : [resource.origin];
    return servers.flatMap((server) => placesOf(server, [server]));
  }
  if (listed.length === 0) return withoutRepeats([...placesOf(issuer, [issuer]), ...rootPlaces(issuer)]);
  // A server at another origin could claim the declared issuer, and get what is meant for it.
  const near = listed.filter((one) => originOf(one) === originOf(issuer)).slice(0, MAX_SERVERS);
  if (near.length === 0) return null;
  const issuers = [issuer, ...near];
  return withoutRepeats(issuers.flatMap((server) => placesOf(server, [server, ...issuers])));
}

/** Servers at a path have their metadata at the root of their origin, too; there it is the origin's own word. */
function rootPlaces(issuer: string): ServerPlace[] {
  return placesOf(originOf(issuer) ?? '', [issuer]);
}

/** None for what is no http or https URL. */
function placesOf(server: string, issuers: readonly string[]): ServerPlace[] {
  if (originOf(server) === null) return [];
  return metadataPlaces(new URL(server)).map((url) => ({ url, issuers: [...new Set(issuers)] }));
}

function originOf(server: string): string | null {
  const url = URL.canParse(server) ? new URL(server) : null;
  return url && /^https?:$/.test(url.protocol) ? url.origin : null;
}

function withoutRepeats(places: readonly ServerPlace[]): readonly ServerPlace[] {
  return places.filter(({ url }, index) => places.findIndex((one) => one.url.href === url.href) === index);
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
