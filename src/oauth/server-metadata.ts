/** Authorization server metadata (RFC 8414, OpenID Connect Discovery 1.0): its well-known URLs, and its validation. */
import { ConnectionsError, quote } from '../errors';
import { checkedAddress } from './addresses';
import type { JsonDocument } from './documents';

export interface ServerMetadata {
  /** Unchanged from the document: issuers are compared as strings (RFC 8414 section 3.3). */
  readonly issuer: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
  /** RFC 7591 section 3. */
  readonly registrationUrl: string | null;
  /** RFC 7636 section 4.2. */
  readonly supportsS256: boolean;
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

/**
 * @param issuers accepted values of `issuer`: the one that the document was looked up for, and the declared one
 * @throws ConnectionsError `discovery_failed` or `address_refused`
 */
export function readServerMetadata(
  document: JsonDocument,
  issuers: readonly string[],
  trusted: ReadonlySet<string>,
): ServerMetadata {
  const { issuer } = document;
  if (typeof issuer !== 'string' || !issuers.includes(issuer)) {
    throw new ConnectionsError(
      'discovery_failed',
      `The metadata of the authorization server ${quote(issuers[0], 200)} names another issuer, ${quote(issuer, 200)}, and ` +
        'was not used (RFC 8414 section 3.3). If that issuer is the right one, declare it as `issuer`.',
    );
  }
  const address = (name: string) => checkedAddress(document[name], trusted).href;
  const optional = (name: string) =>
    document[name] === undefined || document[name] === null ? null : address(name);
  return {
    issuer,
    authorizeUrl: address('authorization_endpoint'),
    tokenUrl: address('token_endpoint'),
    revokeUrl: optional('revocation_endpoint'),
    registrationUrl: optional('registration_endpoint'),
    supportsS256: texts(document['code_challenge_methods_supported'])?.includes('S256') ?? false,
    takesClientMetadata: document['client_id_metadata_document_supported'] === true,
    namesIssuer: document['authorization_response_iss_parameter_supported'] === true,
    authMethods: listed(document['token_endpoint_auth_methods_supported']),
    grantTypes: listed(document['grant_types_supported']),
    offersOfflineAccess: texts(document['scopes_supported'])?.includes('offline_access') ?? false,
    protectedResources: listed(document['protected_resources']),
  };
}

/** A list that says nothing counts as none. */
function listed(value: unknown): readonly string[] | null {
  const list = texts(value);
  return list && list.length > 0 ? list : null;
}

export function texts(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((one): one is string => typeof one === 'string' && one !== '');
}
