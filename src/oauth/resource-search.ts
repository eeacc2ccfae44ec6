/** Finds the metadata of an MCP server (RFC 9728): where its challenge says, and at its well-known URLs. */
import type { Challenge } from './challenge';
import type { ResourceMetadata } from './resource-metadata';
import { isSame, parentPlace, readResourceMetadata, resourcePlaces } from './resource-metadata';
import type { Place, Search } from './search';
import { unusable } from './search';

export interface DescribedResource {
  readonly metadata: ResourceMetadata;
  /** Where the document was looked for. */
  readonly place: URL;
}

/**
 * @param url declared URL of the MCP server
 * @param redirected where the MCP server was asked in the end
 * @returns the first document that names an authorization server, else the first that fits; null when there is none
 * @throws ConnectionsError when none is found, but something that must not be passed over
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
  const wellKnown = [
    ...(isSame(redirected.href, url) ? resourcePlaces(redirected).slice(0, -1) : []),
    ...resourcePlaces(url),
  ];
  const all = [...namedPlace(challenge, search), ...wellKnown.map(wellKnownPlace)];
  return all.filter((one, index) => all.findIndex((other) => other.url.href === one.url.href) === index);
}

function namedPlace(challenge: Challenge | null, search: Search): Place[] {
  const said = challenge?.resourceMetadata ?? null;
  if (said === null) return [];
  const name = 'The metadata URL that the challenge of the MCP server names';
  if (URL.canParse(said)) return [{ url: new URL(said), name }];
  search.missed(unusable(name, 'is not an absolute URL').fault);
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
