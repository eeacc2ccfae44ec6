/** Requests for authorization, and registrations of clients. */
import type { Case, Client } from './client';
import { short } from './client';
import type { Fields } from './two-providers';
import { REDIRECT_URI, RESOURCE } from './two-providers';

const refused = (changes: Fields) => async (client: Client) => {
  const back = await client.authorize(changes);
  return [back.get('error'), back.get('code'), back.get('state')];
};
const stays = (changes: Fields) => async (client: Client) => [
  await client.authorize(changes).then(
    () => 'was sent back',
    () => 'stays',
  ),
];

export const visits: Case[] = [
  ['another response type', refused({ response_type: 'magic' }), ['unsupported_response_type', null, 'any']],
  ['no PKCE', refused({ code_challenge: '', code_challenge_method: '' }), ['invalid_request', null, 'any']],
  ['PKCE with `plain`', refused({ code_challenge_method: 'plain' }), ['invalid_request', null, 'any']],
  ['a code challenge that is none', refused({ code_challenge: 'short' }), ['invalid_request', null, 'any']],
  ['a resource that is no URI', refused({ resource: 'wiki' }), ['invalid_target', null, 'any']],
  ['a resource with a fragment', refused({ resource: `${RESOURCE}#x` }), ['invalid_target', null, 'any']],
  ['another client', stays({ client_id: 'three' }), ['stays']],
  ['no client', stays({ client_id: '' }), ['stays']],
  [
    'the redirect URI of another client',
    stays({ redirect_uri: REDIRECT_URI.replace('one', 'two') }),
    ['stays'],
  ],
  ['more in the redirect URI', stays({ redirect_uri: `${REDIRECT_URI}?x=1` }), ['stays']],
];

const METADATA = { redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'client_secret_post' };
const registration = (changes: object) => async (client: Client) => [
  short(await client.register({ ...METADATA, ...changes })),
];

export const registrations: Case[] = [
  ['a client', registration({}), ['201 fine']],
  ['no redirect URI', registration({ redirect_uris: [] }), ['400 invalid_redirect_uri']],
  [
    'redirect URIs that are no list',
    registration({ redirect_uris: REDIRECT_URI }),
    ['400 invalid_redirect_uri'],
  ],
  [
    'a redirect URI that is none',
    registration({ redirect_uris: ['callback'] }),
    ['400 invalid_redirect_uri'],
  ],
  ['a redirect URI that is no text', registration({ redirect_uris: [1] }), ['400 invalid_redirect_uri']],
  [
    'a redirect URI with a fragment',
    registration({ redirect_uris: [`${REDIRECT_URI}#x`] }),
    ['400 invalid_redirect_uri'],
  ],
  [
    'another authentication method',
    registration({ token_endpoint_auth_method: 'magic' }),
    ['400 invalid_client_metadata'],
  ],
  ['another response type', registration({ response_types: ['magic'] }), ['400 invalid_client_metadata']],
  ['another type of grant', registration({ grant_types: ['magic'] }), ['400 invalid_client_metadata']],
  ['no metadata', async (client) => [short(await client.register('x'))], ['400 invalid_request']],
];
