/** Codes, and how a client says which it is. */
import type { Case, Client } from './client';
import { FORM, short, TWO } from './client';
import type { Fields } from './two-providers';
import { RESOURCE, SECRET } from './two-providers';

const exchange =
  (changes: Fields, headers: Fields = {}) =>
  async (client: Client) => [short(await client.ask({ ...(await client.code()), ...changes }, headers))];

export const codes: Case[] = [
  ['a code', exchange({}), ['200 fine']],
  ['a code that is not known', exchange({ code: 'made-up' }), ['400 invalid_grant']],
  ['a code of another client', exchange(TWO), ['400 invalid_grant']],
  ['a code with another verifier', exchange({ code_verifier: 'x'.repeat(43) }), ['400 invalid_grant']],
  ['a code without a verifier', exchange({ code_verifier: '' }), ['400 invalid_grant']],
  [
    'a code with another redirect URI',
    exchange({ redirect_uri: 'https://app.test/x' }),
    ['400 invalid_grant'],
  ],
  ['a code without a redirect URI', exchange({ redirect_uri: '' }), ['400 invalid_request']],
  ['no code', exchange({ code: '' }), ['400 invalid_request']],
  ['another type of grant', exchange({ grant_type: 'password' }), ['400 unsupported_grant_type']],
  ['no type of grant', exchange({ grant_type: '' }), ['400 invalid_request']],
  [
    'a code for a resource not asked for, which spends it',
    async (client) => {
      const code = await client.code();
      const first = short(await client.ask({ ...code, resource: RESOURCE }));
      return [first, short(await client.ask(code))];
    },
    ['400 invalid_target', '400 invalid_grant'],
  ],
  [
    'a code that was used before, whose grant ends',
    async (client) => {
      const code = await client.code();
      const first = await client.ask(code);
      const { access_token: access, refresh_token: refresh } = first.fields;
      return [
        short(first),
        short(await client.ask(code)),
        short(await client.refresh(String(refresh))),
        await client.isLive(String(access)),
      ];
    },
    ['200 fine', '400 invalid_grant', '400 invalid_grant', false],
  ],
  [
    'a used code of another client, whose grant goes on',
    async (client) => {
      const code = await client.code();
      const { refresh_token: refresh } = (await client.ask(code)).fields;
      return [short(await client.ask({ ...code, ...TWO })), short(await client.refresh(String(refresh)))];
    },
    ['400 invalid_grant', '200 fine'],
  ],
  [
    'a used code with another verifier, whose grant goes on',
    async (client) => {
      const code = await client.code();
      const { refresh_token: refresh } = (await client.ask(code)).fields;
      const again = await client.ask({ ...code, code_verifier: 'x'.repeat(43) });
      return [short(again), short(await client.refresh(String(refresh)))];
    },
    ['400 invalid_grant', '200 fine'],
  ],
  [
    'a code after an exchange that was refused',
    async (client) => {
      const code = await client.code();
      const refused = await client.ask({ ...code, code_verifier: 'x'.repeat(43) });
      return [short(refused), short(await client.ask(code))];
    },
    ['400 invalid_grant', '200 fine'],
  ],
  [
    'a code for the resource that was asked for',
    async (client) => [
      short(await client.ask({ ...(await client.code({ resource: RESOURCE })), resource: RESOURCE })),
    ],
    ['200 fine'],
  ],
];

export const clients: Case[] = [
  ['a client that is not known', exchange({ client_id: 'three' }), ['401 invalid_client']],
  ['a client with another secret', exchange({ client_secret: 'guessed' }), ['401 invalid_client']],
  ['a client without its secret', exchange({ client_secret: '' }), ['401 invalid_client']],
  [
    'a client that authenticates in two ways',
    exchange({}, { authorization: `Basic ${btoa(`one:${SECRET}`)}` }),
    ['400 invalid_request'],
  ],
  ['no client', exchange({ client_id: '', client_secret: '' }), ['400 invalid_request']],
  [
    'a parameter that occurs twice',
    async (client) => [
      short(await client.post(`${new URLSearchParams(await client.code()).toString()}&code=again`, FORM)),
    ],
    ['400 invalid_request'],
  ],
  [
    'a body that is no form',
    async (client) => [short(await client.post('x', { 'content-type': 'application/json' }))],
    ['400 invalid_request'],
  ],
];
