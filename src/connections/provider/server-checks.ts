/**
 * What a discovered server must be before a flow begins with it, and before it is given a secret or a code: one that this package can
 * use, and none of another connection, as far as those are known without a request. A server that names the endpoints of another, or a
 * callback that names the issuer of another, wants codes and tokens that are not its own.
 */
import {
  type AuthorizationServer,
  declaredServer,
  hostOf,
  isBelow,
  isSameEndpoint,
  isSameIssuer,
  isSameServer,
} from '../../config/authorization-server';
import {
  type ConnectionDefinition,
  type OAuthConnection,
  isDeclared,
  isOAuth,
} from '../../config/definition';
import { ConnectionsError, quote } from '../../errors';
import type { ServerMetadata } from '../../oauth/server-metadata';

/** @throws ConnectionsError `discovery_failed` for a server with which no flow can be begun as declared */
export function checkFlow(definition: OAuthConnection, server: ServerMetadata): void {
  const { supportsS256, requiresPushedRequests, issuer } = server;
  if (requiresPushedRequests) throw pushedOnly(definition.name, issuer);
  // What is declared is the operator's word, even where it is the default.
  if (!supportsS256 && definition.oauth.options.pkce === undefined)
    throw withoutPkce(definition.name, issuer);
}

function pushedOnly(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} of connection ${quote(name)} says that it takes only pushed authorization ` +
      'requests (`require_pushed_authorization_requests`, RFC 9126), which this package does not send. Ask its operator to ' +
      'take other requests too, and to say so in its metadata. No declaration changes it.',
    { connectionName: name },
  );
}

function withoutPkce(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `The authorization server ${quote(issuer, 200)} of connection ${quote(name)} does not announce PKCE with S256, which ` +
      'protects the authorization code. Servers such as Microsoft Entra and Amazon Cognito take it all the same: declare ' +
      '`"pkce": "S256"` to send it. If the server refuses that, declare `"pkce": "off"` to connect without the protection.',
    { connectionName: name },
  );
}

export function withoutIssuer(name: string, issuer: string): ConnectionsError {
  return new ConnectionsError(
    'discovery_failed',
    `Connection ${quote(name)} declares a client secret without saying which authorization server it is for; discovery ` +
      `found ${quote(issuer, 200)}. If that is the right one, declare it as \`issuer\`: the secret is sent to no other.`,
    { connectionName: name },
  );
}

export interface KnownServer extends AuthorizationServer {
  readonly connectionName: string;
  /** Endpoints that are certainly this server's: declared, or below its issuer. */
  readonly endpoints: readonly string[];
  /** Where its endpoints are presumed to be until it has been discovered; null if they are known, or nothing can be presumed. */
  readonly place: string | null;
  /** Whether the declaration says which server it is. */
  readonly isVouched: boolean;
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
  return definitions
    .filter((other) => other.name !== name)
    .filter(isOAuth)
    .map((other) => knownServer(other, discovered.get(other.name), hostOf(url)));
}

/** @param host of the MCP server beside which it is looked at */
function knownServer(
  definition: OAuthConnection,
  found: ServerMetadata | undefined,
  host: string,
): KnownServer {
  const { name: connectionName, url } = definition;
  const declared = declaredServer(definition);
  const endpoints = [declared.authorizeUrl, declared.tokenUrl].filter((endpoint) => endpoint !== null);
  if (isDeclared(definition)) {
    return { ...declared, connectionName, endpoints, place: null, isVouched: true };
  }
  const isVouched = declared.issuer !== null;
  if (!found) {
    // An MCP server of which nothing else is known may be its own authorization server.
    const likely = declared.issuer ?? new URL(url).origin;
    // Of two MCP servers at one host, nothing follows from the host.
    const place = hostOf(likely) === host ? null : likely;
    return { ...declared, connectionName, endpoints, place, isVouched };
  }
  const { issuer, authorizeUrl, tokenUrl } = found;
  // An endpoint elsewhere is only what the server says: it may be another's.
  const own = [authorizeUrl, tokenUrl].filter((endpoint) => isBelow(endpoint, issuer));
  return {
    connectionName,
    issuer,
    authorizeUrl: declared.authorizeUrl ?? authorizeUrl,
    tokenUrl,
    endpoints: [...endpoints, ...own],
    place: null,
    isVouched,
  };
}

/**
 * @param metadata of the server that was discovered for a connection
 * @throws ConnectionsError `discovery_failed` where one of its endpoints is another server's
 */
export function checkEndpoints(metadata: ServerMetadata, others: readonly KnownServer[]): void {
  const { issuer, authorizeUrl, tokenUrl, registrationUrl, revokeUrl } = metadata;
  const strangers = others.filter((other) => !isTheServer(other, metadata));
  const named = [authorizeUrl, tokenUrl, registrationUrl, revokeUrl].filter((endpoint) => endpoint !== null);
  for (const endpoint of named) {
    // Servers may share the endpoints to which no code is sent.
    const takesCodes = endpoint === authorizeUrl || endpoint === tokenUrl;
    const owner = strangers.find((other) => owns(other, endpoint, takesCodes, isBelow(endpoint, issuer)));
    if (!owner) continue;
    throw new ConnectionsError(
      'discovery_failed',
      `The authorization server ${quote(issuer, 200)} names an endpoint at ${quote(new URL(endpoint).origin, 200)} that belongs ` +
        `to the authorization server of connection ${quote(owner.connectionName)}, and was not used: codes of that server would ` +
        'reach this one (RFC 9700 section 4.4). If both connections have the same authorization server, declare its ' +
        '`authorize_url`, `token_url` and `client_id` for both.',
    );
  }
}

/** @param isOwn whether the endpoint is below the issuer that names it; then only a declaration can assign it to another server */
function owns(
  { endpoints, place, isVouched }: KnownServer,
  endpoint: string,
  takesCodes: boolean,
  isOwn: boolean,
): boolean {
  if (endpoints.some((known) => isSameEndpoint(known, endpoint))) return isVouched || !isOwn;
  return takesCodes && !isOwn && place !== null && isBelow(endpoint, place);
}

/** Metadata comes from the well-known URL of its issuer, so the same issuer means the same server. */
function isTheServer(server: KnownServer, metadata: ServerMetadata): boolean {
  if (server.place !== null && server.issuer === null) {
    const { issuer, authorizeUrl, tokenUrl } = metadata;
    return [issuer, authorizeUrl, tokenUrl].every((url) => hostOf(url) === hostOf(server.place));
  }
  return isSameServer(server, metadata);
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
  const server = declaredServer(own);
  const exact = others.filter((other) => other.issuer !== null && isSameIssuer(other.issuer, issuer));
  const likely = others.filter((other) => other.issuer === null && hostsOf(other).includes(hostOf(issuer)));
  // If several servers share a host, the one with exactly this issuer is meant.
  if (exact.length > 0) return !exact.some((other) => isProbablySame(other, server));
  const isOwnHost = [server.authorizeUrl, server.tokenUrl].some((url) => hostOf(url) === hostOf(issuer));
  return !isOwnHost && likely.length > 0 && !likely.some((other) => isProbablySame(other, server));
}

/** Before the other has been discovered, only its issuer says where its endpoints are. */
function isProbablySame(other: KnownServer, server: AuthorizationServer): boolean {
  if (isSameServer(other, server)) return true;
  const { issuer, tokenUrl } = other;
  return (
    issuer !== null &&
    tokenUrl === null &&
    server.authorizeUrl !== null &&
    isBelow(server.authorizeUrl, issuer)
  );
}

function hostsOf({ authorizeUrl, tokenUrl, place }: KnownServer): string[] {
  return [authorizeUrl, tokenUrl, place].map(hostOf).filter((host) => host !== '');
}
