/** What an authorization server says of itself (RFC 8414, OpenID Connect Discovery 1.0): found, believed if it is its own. */
import { ConnectionsError, quote } from '../errors';
import { checkedAddress } from './addresses';
import type { JsonDocument } from './documents';

export interface ServerMetadata {
  /** Character by character as it stands in the document. */
  readonly issuer: string;
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly revokeUrl: string | null;
  /** RFC 7591 section 3. */
  readonly registrationUrl: string | null;
  /** RFC 7636 section 4.2. */
  readonly supportsS256: boolean;
  /** Whether a client may be the URL of its own metadata (OAuth Client ID Metadata Document). */
  readonly takesClientMetadata: boolean;
  /** Whether it names itself in each callback (RFC 9207 section 3). */
  readonly namesIssuer: boolean;
  /** `null` when it does not say, which means `client_secret_basic`. */
  readonly authMethods: readonly string[] | null;
  readonly scopes: readonly string[];
}

/** Where a server's metadata may be, in the order in which it is looked for (RFC 8414 sections 3.1 and 5). */
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
 * @param issuers identifiers that the document may bear: the one that led to it, and a declared one
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
      `The metadata of the authorization server ${quote(issuers[0], 200)} is of another one, ${quote(issuer, 200)} ` +
        '(RFC 8414 section 3.3), so it is not used. If that is the one you mean, declare it as `issuer`.',
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
    authMethods: texts(document['token_endpoint_auth_methods_supported']),
    scopes: texts(document['scopes_supported']) ?? [],
  };
}

export function texts(value: unknown): readonly string[] | null {
  if (!Array.isArray(value)) return null;
  return value.filter((one): one is string => typeof one === 'string' && one !== '');
}
