/**
 * Protected resource metadata (RFC 9728): which authorization server issues tokens for the resource, and which scopes there are. It is
 * looked for where the challenge says, then at the well-known URLs.
 */
import { quote } from '../errors';
import { parseUrl } from '../url';
import type { Challenge } from './challenge';
import type { JsonDocument } from './documents';
import { textsOf } from './json';
import { boundedScopes } from './limits';
import { type Place, type Reading, type Search, contradiction, unusable } from './search';

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

/** First with the path as it is, then without a slash at its end. */
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
  if (!includesResource(said, resource) || parentPlace(document, place.url, resource)) {
    const other = parseUrl(said)?.origin ?? said;
    return contradiction(
      // The path of a URL may be a secret.
      `The protected resource metadata of the MCP server at ${quote(resource.origin, 200)} describes another resource, at ` +
        `${quote(other, 200)}, and was not used (RFC 9728 section 3.3). Metadata of a parent resource is used only from ` +
        'its own well-known URL',
      'Check the declared `url`, or ask the operator of the MCP server to correct `resource` in its metadata.',
    );
  }
  const metadata = {
    resource: said,
    authorizationServers: textsOf(document['authorization_servers']) ?? [],
    scopes: boundedScopes(textsOf(document['scopes_supported']) ?? []),
  };
  return { metadata };
}

/** Whether the identifier is the URL of the resource; a slash at its end means nothing. */
export function isSame(said: string, resource: URL): boolean {
  const url = parseUrl(said);
  const whole = ({ origin, pathname, search }: URL) => `${origin}${pathname.replace(/\/$/, '')}${search}`;
  return url !== null && url.hash === '' && whole(url) === whole(resource);
}

/**
 * Where metadata of a parent resource has to be found, since only there can its own operator alone publish it.
 * @returns null unless the document describes a parent and was found elsewhere
 */
function parentPlace(document: JsonDocument, place: URL, resource: URL): URL | null {
  const said = document['resource'];
  if (typeof said !== 'string' || isSame(said, resource) || !includesResource(said, resource)) return null;
  const own = ownPlaces(new URL(said));
  return own.some(({ href }) => href === place.href) ? null : (own[0] ?? null);
}

/**
 * Whether the identifier is the URL of the resource, or a prefix of its path at the same origin. A query in it has to be
 * the same: another one may name another tenant.
 */
export function includesResource(said: string, resource: URL): boolean {
  const url = parseUrl(said);
  if (url === null) return false;
  const path = url.pathname.replace(/\/$/, '');
  return (
    url.origin === resource.origin &&
    url.hash === '' &&
    (url.search === '' || url.search === resource.search) &&
    (resource.pathname === path || resource.pathname.startsWith(`${path}/`))
  );
}

export interface DescribedResource {
  readonly metadata: ResourceMetadata;
  /** Where the document was looked for. */
  readonly place: URL;
}

/**
 * @param url declared URL of the MCP server
 * @param redirected where the MCP server was asked in the end
 * @returns the first document that names an authorization server, else the first that fits; null when there is none
 * @throws ConnectionsError when there is none, but there was a fault that must not be ignored
 */
export async function findResource(
  url: URL,
  redirected: URL,
  challenge: Challenge | null,
  search: Search,
): Promise<DescribedResource | null> {
  let silent: DescribedResource | null = null;
  for (const { url: place, name } of placesOf(url, redirected, challenge, search)) {
    const metadata = await metadataAt({ url: place, name }, url, search);
    if (!metadata) continue;
    if (metadata.authorizationServers.length > 0) return { metadata, place };
    silent ??= { metadata, place };
  }
  if (!silent && search.isBlocked) throw search.failure();
  return silent;
}

/** Metadata of a parent resource is read where only its own operator can publish it. */
async function metadataAt(place: Place, url: URL, search: Search): Promise<ResourceMetadata | null> {
  let parent: URL | null = null;
  const found = await search.metadata('resource metadata', place, (document) => {
    parent = parentPlace(document, place.url, url);
    return readResourceMetadata(document, place, url);
  });
  if (found || !parent) return found;
  const own = { url: parent as URL, name: 'The well-known metadata URL of the parent resource' };
  return search.metadata('resource metadata', own, (document) => readResourceMetadata(document, own, url));
}

function placesOf(url: URL, redirected: URL, challenge: Challenge | null, search: Search): readonly Place[] {
  // A slash at the end means nothing, but a server may have its metadata at one of the two places only.
  const places = [
    ...(isSame(redirected.href, url) ? resourcePlaces(redirected).slice(0, -1) : []),
    ...resourcePlaces(url),
  ];
  const all = [...namedPlace(challenge, search), ...places.map(wellKnownPlace)];
  return all.filter((one, index) => all.findIndex((other) => other.url.href === one.url.href) === index);
}

function namedPlace(challenge: Challenge | null, search: Search): Place[] {
  const said = challenge?.resourceMetadata ?? null;
  if (said === null) return [];
  const name = 'The metadata URL that the challenge of the MCP server names';
  const url = parseUrl(said);
  if (url) return [{ url, name }];
  search.addFault(unusable(name, 'is not an absolute URL').fault);
  return [];
}

/** The path of the MCP server may be a secret, and is no part of the name. */
function wellKnownPlace(url: URL): Place {
  const isRoot = url.pathname === '/.well-known/oauth-protected-resource';
  return {
    url,
    name: `The well-known metadata URL of the MCP server ${isRoot ? 'without' : 'with'} its path`,
  };
}
