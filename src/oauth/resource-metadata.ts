/** Protected resource metadata (RFC 9728): which authorization server issues tokens for the resource, and which scopes. */
import { quote } from '../errors';
import type { JsonDocument } from './documents';
import { boundedScopes } from './scopes';
import type { Reading } from './search';
import { contradiction, unusable } from './search';
import { texts } from './server-metadata';

export interface ResourceMetadata {
  /** The `resource` to request tokens for (RFC 8707 section 2). */
  readonly resource: string;
  /** Issuer identifiers, unchanged; empty when the document lists none. */
  readonly authorizationServers: readonly string[];
  /** `null` when the document lists none. */
  readonly scopes: readonly string[] | null;
}

/** Well-known URLs of a resource's metadata (RFC 9728 section 3.1): first with its path, then at the root. */
export function resourcePlaces(resource: URL): URL[] {
  const root = wellKnown(resource.origin, '');
  return [...ownPlaces(resource).filter(({ href }) => href !== root.href), root];
}

/** A slash at the end of the path is tried, and then left out. */
function ownPlaces({ origin, pathname, search }: URL): URL[] {
  const paths = new Set([pathname === '/' ? '' : pathname, pathname.replace(/\/$/, '')]);
  return [...paths].map((path) => wellKnown(origin, `${path}${search}`));
}

function wellKnown(origin: string, suffix: string): URL {
  return new URL(`/.well-known/oauth-protected-resource${suffix}`, origin);
}

/** The resource identifier of a URL (RFC 8707 section 2): without fragment, and without a path of `/` alone. */
export function canonicalResource(resource: URL): string {
  const { origin, pathname, search } = resource;
  return `${origin}${pathname === '/' ? '' : pathname}${search}`;
}

/**
 * Metadata of another resource is a contradiction: it could obtain tokens for this one.
 * @param place where the document was found, and its name in a message
 * @param resource declared URL of the MCP server
 */
export function readResourceMetadata(
  document: JsonDocument,
  place: { readonly url: URL; readonly name: string },
  resource: URL,
): Reading<ResourceMetadata> {
  const said = document['resource'];
  if (typeof said !== 'string' || said === '') return unusable(place.name, 'has no `resource`');
  if (!covers(said, resource) || parentPlace(document, place.url, resource)) {
    return contradiction(
      // The path of a URL may be a secret.
      `The protected resource metadata of the MCP server at ${quote(resource.origin, 200)} describes another resource, at ` +
        `${quote(originOf(said), 200)}, and was not used (RFC 9728 section 3.3). Metadata of a parent resource is used only from ` +
        'its own well-known URL',
      'Check the declared `url`, or ask the operator of the MCP server to correct `resource` in its metadata.',
    );
  }
  const metadata = {
    resource: said,
    authorizationServers: texts(document['authorization_servers']) ?? [],
    scopes: boundedScopes(texts(document['scopes_supported']) ?? []),
  };
  return { metadata };
}

function originOf(said: string): string {
  return URL.canParse(said) ? new URL(said).origin : said;
}

/** Whether the identifier is the URL of the resource; a slash at its end means nothing. */
export function isSame(said: string, resource: URL): boolean {
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
  const own = ownPlaces(new URL(said));
  return own.some(({ href }) => href === place.href) ? null : (own[0] ?? null);
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
