/** Where the provider of a connection is: as declared, else where discovery will find it. */
import type { OAuthConnection } from '../../config/definition';
import { canonicalResource, resourcePlaces } from '../../oauth/resource-metadata';
import { metadataPlaces } from '../../oauth/server-metadata';

export type EndpointKind = 'token' | 'revocation' | 'registration' | 'server metadata' | 'resource metadata';

export interface Discoverable {
  readonly issuer: string;
  /** RFC 8707 section 2. */
  readonly resource: string;
  readonly registration: string;
  /** Where its metadata is (RFC 8414 section 3). */
  readonly serverPlaces: readonly string[];
  /** Where the metadata of the MCP server is (RFC 9728 section 3). */
  readonly resourcePlaces: readonly string[];
}

export interface Endpoints {
  readonly authorization: string;
  readonly token: string;
  /** Null where it is the token endpoint. */
  readonly refresh: string | null;
  /** Null where none is declared, and none discovered. */
  readonly revocation: string | null;
  /** Null where the token endpoint is declared. */
  readonly discovery: Discoverable | null;
}

export function endpointsOf({ name, url, oauth }: OAuthConnection): Endpoints {
  const { authorizeUrl, tokenUrl, options } = oauth;
  const issuer = options.issuer ?? `https://login.test/${encodeURIComponent(name)}`;
  const below = (path: string) => `${issuer.replace(/\/$/, '')}/${path}`;
  const isDiscovered = tokenUrl === null;
  const resource = new URL(url);
  const revocation = options.revoke_url ?? (isDiscovered ? below('revoke') : undefined);
  return {
    authorization: hrefOf(authorizeUrl ?? below('authorize')),
    token: hrefOf(tokenUrl ?? below('token')),
    refresh: options.refresh_url === undefined ? null : hrefOf(options.refresh_url),
    revocation: revocation === undefined ? null : hrefOf(revocation),
    discovery: isDiscovered
      ? {
          issuer,
          resource: canonicalResource(resource),
          registration: below('register'),
          serverPlaces: metadataPlaces(new URL(issuer)).map(({ href }) => href),
          resourcePlaces: resourcePlaces(resource).map(({ href }) => href),
        }
      : null,
  };
}

/** As requests have it. */
function hrefOf(url: string): string {
  return new URL(url).href;
}

/** What stands at an address; undefined where it is nothing of this connection's. */
export function endpointAt(address: string, connection: OAuthConnection): EndpointKind | undefined {
  const { token, refresh, revocation, discovery } = endpointsOf(connection);
  if (address === token || address === refresh) return 'token';
  if (address === revocation) return 'revocation';
  if (address === discovery?.registration) return 'registration';
  if (discovery?.serverPlaces.includes(address)) return 'server metadata';
  if (discovery?.resourcePlaces.includes(address)) return 'resource metadata';
  return undefined;
}

/** Whether an address is one to which the connection's tokens go. */
export function isApi(address: URL, { url, oauth }: OAuthConnection): boolean {
  return new URL(url).origin === address.origin || oauth.apiOrigins.includes(address.origin);
}
