/** What a client says of itself when it is registered (RFC 7591 section 2), and what the provider takes of that. */
import { Refusal } from './refusal';
import { parseUrl } from '../../url';

export const AUTH_METHODS: readonly string[] = ['client_secret_basic', 'client_secret_post', 'none'];
export const GRANT_TYPES: readonly string[] = ['authorization_code', 'refresh_token'];
export const RESPONSE_TYPES: readonly string[] = ['code'];

export interface Registration {
  readonly redirectUris: readonly string[];
  readonly authMethod: string;
}

/** @throws Refusal `invalid_redirect_uri` or `invalid_client_metadata` */
export function registrationOf(metadata: object): Registration {
  const fields = metadata as Readonly<Record<string, unknown>>;
  const redirectUris = fields['redirect_uris'];
  if (!Array.isArray(redirectUris) || redirectUris.length === 0 || !redirectUris.every(isRedirectUri))
    throw new Refusal(
      'invalid_redirect_uri',
      'A client needs redirect URIs, absolute and without a fragment.',
    );
  const {
    token_endpoint_auth_method: authMethod = 'client_secret_basic',
    grant_types: grantTypes = ['authorization_code'],
    response_types: responseTypes = RESPONSE_TYPES,
  } = fields;
  if (typeof authMethod !== 'string' || !AUTH_METHODS.includes(authMethod))
    throw new Refusal('invalid_client_metadata', 'The authentication method is not supported.');
  if (!isWithin(grantTypes, GRANT_TYPES) || !isWithin(responseTypes, RESPONSE_TYPES))
    throw new Refusal('invalid_client_metadata', 'A grant type or a response type is not supported.');
  return { redirectUris, authMethod };
}

/** RFC 6749 section 3.1.2. */
function isRedirectUri(value: unknown): value is string {
  return typeof value === 'string' && parseUrl(value) !== null && !value.includes('#');
}

function isWithin(values: unknown, supported: readonly string[]): boolean {
  return Array.isArray(values) && values.every((value) => supported.includes(value as string));
}
