/** Protected resource metadata (RFC 9728): which authorization server issues tokens for the resource, and which scopes. */
import { ConnectionsError, quote } from '../errors';
import type { JsonDocument } from './documents';
import { boundedScopes } from './scopes';
import { texts } from './server-metadata';

export interface ResourceMetadata {
  /** The `resource` to request tokens for (RFC 8707 section 2). */
  readonly resource: string;
  /** Issuer identifiers, unchanged; at least one. */
  readonly authorizationServers: readonly string[];
  /** `null` when the document lists none. */
  readonly scopes: readonly string[] | null;
}

/** Well-known URLs of a resource's metadata (RFC 9728 section 3.1): first with its path, then at the root. */
export function resourcePlaces(resource: URL): URL[] {
  const path = resource.pathname.replace(/\/$/, '');
  const at = (suffix: string) => new URL(`/.well-known/oauth-protected-resource${suffix}`, resource.origin);
  const query = resource.search;
  return path === '' && query === '' ? [at('')] : [at(`${path}${query}`), at('')];
}

/** The resource identifier of a URL (RFC 8707 section 2): without fragment, and without a path of `/` alone. */
export function canonicalResource(resource: URL): string {
  const { origin, pathname, search } = resource;
  return `${origin}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * @param place where the document was found
 * @param resource declared URL of the MCP server
 * @throws ConnectionsError `discovery_failed` for metadata of another resource, which could obtain tokens for this one
 */
export function readResourceMetadata(document: JsonDocument, place: URL, resource: URL): ResourceMetadata {
  const said = document['resource'];
  if (typeof said !== 'string' || !covers(said, resource) || parentPlace(document, place, resource)) {
    throw new ConnectionsError(
      'discovery_failed',
      // The path of a URL may be a secret.
      `The protected resource metadata of the MCP server at ${quote(resource.origin, 200)} describes another resource, at ` +
        `${quote(originOf(said), 200)}, and was not used (RFC 9728 section 3.3). Metadata of a parent resource is used only from its own ` +
        'well-known URL. Check the declared `url`, or ask the operator of the ' +
        'MCP server to correct `resource` in its metadata.',
    );
  }
  const authorizationServers = texts(document['authorization_servers']) ?? [];
  if (authorizationServers.length === 0) {
    throw new ConnectionsError(
      'discovery_failed',
      `The protected resource metadata of the MCP server at ${quote(resource.origin, 200)} names no authorization server. ` +
        'Declare `authorize_url`, `token_url` and `client_id` for the connection.',
    );
  }
  return {
    resource: said,
    authorizationServers,
    scopes: boundedScopes(texts(document['scopes_supported']) ?? []),
  };
}

function originOf(said: unknown): unknown {
  return typeof said === 'string' && URL.canParse(said) ? new URL(said).origin : said;
}

/** Whether the identifier is the URL of the resource; a slash at its end means nothing. */
function isSame(said: string, resource: URL): boolean {
  const url = URL.canParse(said) ? new URL(said) : null;
  const whole = ({ origin, pathname, search }: URL) => `${origin}${pathname.replace(/\/$/, '')}${search}`;
  return url !== null && url.hash === '' && whole(url) === whole(resource);
}

/**
 * Where metadata of a parent resource has to be found, since only there can its own operator alone publish it.
 * @returns null unless the document describes a parent and was found elsewhere
 */
export function parentPlace(document: JsonDocument, place: URL, resource: URL): URL | null {
  const said = document['resource'];
  if (typeof said !== 'string' || isSame(said, resource) || !covers(said, resource)) return null;
  const [own] = resourcePlaces(new URL(said));
  return own && own.href !== place.href ? own : null;
}

/**
 * Whether the identifier is the URL of the resource, or a prefix of its path at the same origin. A query in it has to be
 * the same: another one may name another tenant.
 */
export function covers(said: string, resource: URL): boolean {
  let url: URL;
  try {
    url = new URL(said);
  } catch {
    return false;
  }
  const path = url.pathname.replace(/\/$/, '');
  return (
    url.origin === resource.origin &&
    url.hash === '' &&
    (url.search === '' || url.search === resource.search) &&
    (resource.pathname === path || resource.pathname.startsWith(`${path}/`))
  );
}
