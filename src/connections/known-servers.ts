/**
 * The authorization servers of the other connections, as far as they are known without a request. A server that names the
 * endpoints of another, or a callback that names the issuer of another, wants codes and tokens that are not its own.
 */
import type { ConnectionDefinition } from '../config/definition';
import { ConnectionsError, quote } from '../errors';
import type { ServerMetadata } from '../oauth/server-metadata';
import { isDiscovered, oauthOf } from './provider';

export interface KnownServer {
  readonly connectionName: string;
  /** `null` where it is not known. */
  readonly issuer: string | null;
  readonly authorizeUrl: string | null;
  /** Of what is known to be this server's. */
  readonly origins: readonly string[];
  /** Whether an endpoint is certainly this server's. */
  owns(endpoint: string): boolean;
  /** Whether it is this server that the metadata describes. */
  is(metadata: ServerMetadata): boolean;
}

/**
 * @param definitions of every connection that can be used
 * @param discovered what this process has discovered, by connection
 */
export function serversBesides(
  { name, url }: ConnectionDefinition,
  definitions: readonly ConnectionDefinition[],
  discovered: ReadonlyMap<string, ServerMetadata>,
): KnownServer[] {
  const { origin } = new URL(url);
  return definitions.flatMap((other) => {
    if (other.name === name || other.oauth === null) return [];
    if (!isDiscovered(other.oauth)) return [declaredServer(other)];
    const server = discovered.get(other.name);
    if (server) return [discoveredServer(other.name, server)];
    const place = new URL(other.url).origin;
    return place === origin ? [] : [undiscoveredServer(other.name, place)];
  });
}

function declaredServer(definition: ConnectionDefinition): KnownServer {
  const { authorizeUrl, tokenUrl, options } = oauthOf(definition);
  const { issuer = null } = options;
  const endpoints = [authorizeUrl, tokenUrl].filter((url) => url !== null);
  return {
    connectionName: definition.name,
    issuer,
    authorizeUrl,
    origins: endpoints.map(originOf),
    owns: (endpoint) => endpoints.some((one) => isSameEndpoint(one, endpoint)),
    is: (metadata) =>
      (issuer === null || issuer === metadata.issuer) &&
      isSameEndpoint(authorizeUrl, metadata.authorizeUrl) &&
      isSameEndpoint(tokenUrl, metadata.tokenUrl),
  };
}

function discoveredServer(connectionName: string, server: ServerMetadata): KnownServer {
  const { issuer, authorizeUrl, tokenUrl } = server;
  const origin = originOf(issuer);
  // An endpoint elsewhere is only what the server says: it may be another's.
  const endpoints = endpointsOf(server).filter((url) => originOf(url) === origin);
  return {
    connectionName,
    issuer,
    authorizeUrl,
    origins: [origin],
    owns: (endpoint) => endpoints.some((one) => isSameEndpoint(one, endpoint)),
    is: (metadata) =>
      issuer === metadata.issuer &&
      isSameEndpoint(authorizeUrl, metadata.authorizeUrl) &&
      isSameEndpoint(tokenUrl, metadata.tokenUrl),
  };
}

/** Until it has been discovered, an MCP server may be its own authorization server. */
function undiscoveredServer(connectionName: string, origin: string): KnownServer {
  return {
    connectionName,
    issuer: null,
    authorizeUrl: null,
    origins: [origin],
    owns: (endpoint) => originOf(endpoint) === origin,
    is: ({ issuer, authorizeUrl, tokenUrl }) =>
      [issuer, authorizeUrl, tokenUrl].every((url) => originOf(url) === origin),
  };
}

/**
 * @param metadata of the server that was discovered for a connection
 * @throws ConnectionsError `discovery_failed` where one of its endpoints is another server's
 */
export function checkEndpoints(metadata: ServerMetadata, others: readonly KnownServer[]): void {
  for (const endpoint of endpointsOf(metadata)) {
    const owner = others.find((other) => other.owns(endpoint) && !other.is(metadata));
    if (!owner) continue;
    throw new ConnectionsError(
      'discovery_failed',
      `The authorization server ${quote(metadata.issuer, 200)} names an endpoint at ${quote(originOf(endpoint), 200)} that belongs to ` +
        `the authorization server of connection ${quote(owner.connectionName)}, and was not used: codes of that server would ` +
        'reach this one (RFC 9700 section 4.4). If both connections have the same authorization server, declare its ' +
        '`authorize_url`, `token_url` and `client_id` for both.',
    );
  }
}

/**
 * @param issuer that a callback names (RFC 9207)
 * @param own connection, whose issuer is not known
 */
export function isIssuerOfAnother(
  issuer: string,
  own: ConnectionDefinition,
  others: readonly KnownServer[],
): boolean {
  const origin = originOf(issuer);
  const named = others.filter((other) =>
    other.issuer === null ? other.origins.includes(origin) : other.issuer === issuer,
  );
  const { authorizeUrl, origins } = declaredServer(own);
  if (named.some((other) => isSameEndpoint(other.authorizeUrl, authorizeUrl))) return false;
  // Of two servers at one origin, the one that declares the issuer has it.
  return named.some((other) => other.issuer === issuer) || (named.length > 0 && !origins.includes(origin));
}

function endpointsOf(metadata: ServerMetadata): string[] {
  const { authorizeUrl, tokenUrl, registrationUrl, revokeUrl } = metadata;
  return [authorizeUrl, tokenUrl, registrationUrl, revokeUrl].filter((url) => url !== null);
}

/** Without the query, which a server may repeat in any order or ignore. */
function isSameEndpoint(one: string | null, other: string | null): boolean {
  return one !== null && other !== null && placeOf(one) === placeOf(other);
}

function placeOf(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname.replace(/\/$/, '')}`;
}

/** Empty for what is no URL, which matches nothing. */
function originOf(url: string): string {
  return URL.canParse(url) ? new URL(url).origin : '';
}
