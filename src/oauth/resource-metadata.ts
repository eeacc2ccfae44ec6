/** What a protected resource says of itself (RFC 9728): which authorization server to ask, and for what. */
import { ConnectionsError, quote } from '../errors';
import type { JsonDocument } from './documents';
import { texts } from './server-metadata';

export interface ResourceMetadata {
  /** RFC 8707 section 2: what tokens are asked for. */
  readonly resource: string;
  /** Issuer identifiers, character by character; at least one. */
  readonly authorizationServers: readonly string[];
  /** `null` when it does not say. */
  readonly scopes: readonly string[] | null;
}

/** Where a resource's metadata may be without a challenge: below its path, then at the root. */
export function resourcePlaces(resource: URL): URL[] {
  const path = resource.pathname.replace(/\/$/, '');
  const at = (suffix: string) => new URL(`/.well-known/oauth-protected-resource${suffix}`, resource.origin);
  const query = resource.search;
  return path === '' && query === '' ? [at('')] : [at(`${path}${query}`), at('')];
}

/** Without fragment, and without a slash that says nothing. */
export function canonicalResource(resource: URL): string {
  const { origin, pathname, search } = resource;
  return `${origin}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * @param resource address of the MCP server, as it is declared
 * @throws ConnectionsError `discovery_failed`: metadata of another resource would have tokens sent to it
 */
export function readResourceMetadata(document: JsonDocument, resource: URL): ResourceMetadata {
  const said = document['resource'];
  if (typeof said !== 'string' || !covers(said, resource)) {
    throw new ConnectionsError(
      'discovery_failed',
      `The metadata of ${quote(canonicalResource(resource), 200)} is of another resource, ${quote(said, 200)} ` +
        '(RFC 9728 section 3.3), so it is not used.',
    );
  }
  const authorizationServers = texts(document['authorization_servers']) ?? [];
  if (authorizationServers.length === 0) {
    throw new ConnectionsError(
      'discovery_failed',
      `The metadata of ${quote(canonicalResource(resource), 200)} names no authorization server.`,
    );
  }
  return { resource: said, authorizationServers, scopes: texts(document['scopes_supported']) };
}

/** Whether it is the resource, or the part of its server that it belongs to. */
function covers(said: string, resource: URL): boolean {
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
    (resource.pathname === path || resource.pathname.startsWith(`${path}/`))
  );
}
