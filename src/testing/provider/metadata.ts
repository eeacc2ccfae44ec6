/** What the provider of a connection without declared endpoints says of itself, so that discovery finds it. */
import type { KnownClient } from './clients';
import type { Discoverable, Endpoints } from './endpoints';
import { AUTH_METHODS, GRANT_TYPES, RESPONSE_TYPES } from './registration';
import { json } from './token-endpoint';

/** RFC 8414 section 2. */
export function serverMetadata(
  { authorization, token, revocation }: Endpoints,
  found: Discoverable,
): Response {
  return json(200, {
    issuer: found.issuer,
    authorization_endpoint: authorization,
    token_endpoint: token,
    ...(revocation === null ? {} : { revocation_endpoint: revocation }),
    registration_endpoint: found.registration,
    response_types_supported: RESPONSE_TYPES,
    grant_types_supported: GRANT_TYPES,
    token_endpoint_auth_methods_supported: AUTH_METHODS,
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
  });
}

/** RFC 9728 section 2. */
export function resourceMetadata({ resource, issuer }: Discoverable): Response {
  return json(200, { resource, authorization_servers: [issuer] });
}

/** RFC 7591 section 3.2.1. */
export function registrationAnswer({ id, secret, authMethod, redirectUris }: KnownClient): Response {
  return json(201, {
    client_id: id,
    ...(secret === null ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    token_endpoint_auth_method: authMethod,
    redirect_uris: redirectUris,
    grant_types: GRANT_TYPES,
    response_types: RESPONSE_TYPES,
  });
}
