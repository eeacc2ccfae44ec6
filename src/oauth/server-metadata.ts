/** Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0): its well-known URLs, and its validation. */
import { isSameIssuer } from '../config/authorization-server';
import type { ConnectionsError } from '../errors';
import { quote } from '../errors';
import { checkedAddress } from './addresses';
import type { JsonDocument } from './documents';
import { textsOf } from './json';
import type { SearchFault, Place, Reading } from './search';
import { DECLARE_ENDPOINTS, contradiction, refusedAddress, unusable } from './search';

export interface ServerMetadata {
  /** Unchanged from the document. */
  readonly issuer: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
  /** RFC 7591 section 3. */
  readonly registrationUrl: string | null;
  /** Why the registration endpoint of the metadata cannot be used; `null` when it can, or there is none. */
  readonly registrationFault: ConnectionsError | null;
  /** RFC 7636 section 4.2. */
  readonly supportsS256: boolean;
  /** RFC 9126 section 5. */
  readonly requiresPushedRequests: boolean;
  /** Whether a client id may be the URL of the client's metadata (OAuth Client ID Metadata Document). */
  readonly takesClientMetadata: boolean;
  /** Whether every callback has the parameter `iss` (RFC 9207 section 3). */
  readonly namesIssuer: boolean;
  /** `null` when the document does not say, which means `client_secret_basic`. */
  readonly authMethods: readonly string[] | null;
  /** `null` when the document does not say. */
  readonly grantTypes: readonly string[] | null;
  /** Whether a refresh token can be asked for (OpenID Connect Core section 11). */
  readonly offersOfflineAccess: boolean;
  /** Resources that it issues tokens for (RFC 9728 section 4); `null` when it lists none. */
  readonly protectedResources: readonly string[] | null;
}

/** Well-known URLs of a server's metadata, in the order in which they are tried (RFC 8414 sections 3.1 and 5). */
export function metadataPlaces(issuer: URL): URL[] {
  const path = issuer.pathname.replace(/\/$/, '');
  const at = (pathname: string) => new URL(pathname, issuer.origin);
  const places = [
    at(`/.well-known/oauth-authorization-server${path}`),
    at(`/.well-known/openid-configuration${path}`),
  ];
  return path === '' ? places : [...places, at(`${path}/.well-known/openid-configuration`)];
}

/** What has to be known to judge a metadata document of an authorization server. */
export interface ServerExpectation {
  /** What `issuer` has to be, but for a slash at its end. */
  readonly issuer: string;
  /** Whether the document was found where another server of the issuer's origin has its own. */
  readonly isNeighbor: boolean;
  readonly trusted: ReadonlySet<string>;
  /** The declared `authorize_url`, which takes the place of one that the metadata lacks; `null` when none is declared. */
  readonly authorizeUrl: string | null;
  /** What to do about a document of another issuer. */
  readonly remedy: (issuer: string) => string;
}

/** Metadata that names another issuer is a contradiction; one without the endpoints that are needed is of no use. */
export function readServerMetadata(
  document: JsonDocument,
  place: Place,
  { issuer: expected, isNeighbor, trusted, authorizeUrl, remedy }: ServerExpectation,
): Reading<ServerMetadata> {
  const { issuer } = document;
  if (typeof issuer !== 'string' || issuer === '') return unusable(place.name, 'has no `issuer`');
  if (!isSameIssuer(issuer, expected)) {
    return contradiction(
      `The authorization server metadata at ${place.name} names another issuer, ${quote(issuer, 200)}, and was not used ` +
        '(RFC 8414 section 3.3)',
      remedy(issuer),
    );
  }
  const endpoint = (field: string) => endpointOf(document, field, issuer, place, trusted);
  const [authorization, token] = [endpoint('authorization_endpoint'), endpoint('token_endpoint')];
  const [registration, revocation] = [endpoint('registration_endpoint'), endpoint('revocation_endpoint')];
  if ('fault' in token) return token;
  if ('fault' in authorization && authorizeUrl === null) return authorization;
  const metadata: ServerMetadata = {
    issuer,
    authorizeUrl: urlOf(authorization) ?? (authorizeUrl as string),
    tokenUrl: token.url,
    revokeUrl: urlOf(revocation),
    registrationUrl: urlOf(registration),
    registrationFault: 'error' in registration ? registration.error : null,
    supportsS256: textsOf(document['code_challenge_methods_supported'])?.includes('S256') ?? false,
    // Some servers write it as a text.
    requiresPushedRequests: String(document['require_pushed_authorization_requests']) === 'true',
    takesClientMetadata: document['client_id_metadata_document_supported'] === true,
    namesIssuer: document['authorization_response_iss_parameter_supported'] === true,
    authMethods: nonEmptyTexts(document['token_endpoint_auth_methods_supported']),
    grantTypes: nonEmptyTexts(document['grant_types_supported']),
    offersOfflineAccess: textsOf(document['scopes_supported'])?.includes('offline_access') ?? false,
    protectedResources: nonEmptyTexts(document['protected_resources']),
  };
  const fault =
    isNeighbor && strangeEndpoint([authorization, token, registration, revocation], expected, place);
  return fault || { metadata };
}

/** One tenant of a host must not get the codes and secrets of another, whose issuer its document names. */
function strangeEndpoint(endpoints: readonly Endpoint[], issuer: string, place: Place) {
  const origins = endpoints.map(urlOf).map((url) => url && new URL(url).origin);
  const other = origins.find((origin) => origin !== null && origin !== new URL(issuer).origin);
  if (!other) return null;
  return contradiction(
    `The authorization server metadata at ${place.name} names the issuer ${quote(issuer, 200)}, with an endpoint at ` +
      `${quote(other, 200)}, and was not used: only metadata at the URL of the issuer itself may name another origin`,
    DECLARE_ENDPOINTS,
  );
}

type Endpoint =
  | { readonly url: string }
  /** `error`: why its address is refused; null where there is none. */
  | { readonly fault: SearchFault; readonly error: ConnectionsError | null };

function endpointOf(
  document: JsonDocument,
  field: string,
  issuer: string,
  place: Place,
  trusted: ReadonlySet<string>,
): Endpoint {
  const said = document[field] ?? null;
  if (said === null) return { ...unusable(place.name, `has no \`${field}\``), error: null };
  try {
    const giver = `\`${field}\` in the metadata of the authorization server ${quote(issuer, 200)}`;
    return { url: checkedAddress(said, trusted, giver).href };
  } catch (error) {
    return { ...refusedAddress(error), error: error as ConnectionsError };
  }
}

function urlOf(endpoint: Endpoint): string | null {
  return 'url' in endpoint ? endpoint.url : null;
}

/** A list that says nothing counts as none. */
function nonEmptyTexts(value: unknown): readonly string[] | null {
  const list = textsOf(value);
  return list && list.length > 0 ? list : null;
}
