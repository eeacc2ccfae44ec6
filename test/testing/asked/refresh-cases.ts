/** Refreshes and revocations. */
import type { Case } from './client';
import { short, TWO } from './client';
import { RESOURCE } from './two-providers';

export const refreshes: Case[] = [
  [
    'a refresh token, which is replaced',
    async (client) => {
      const { refresh } = await client.tokens();
      const answer = await client.refresh(refresh);
      const next = answer.fields['refresh_token'];
      return [short(answer), next === refresh, short(await client.refresh(String(next)))];
    },
    ['200 fine', false, '200 fine'],
  ],
  [
    'a refresh token that was used before, whose grant ends',
    async (client) => {
      const { refresh } = await client.tokens();
      const { refresh_token: next, access_token: access } = (await client.refresh(refresh)).fields;
      const again = short(await client.refresh(refresh));
      return [again, short(await client.refresh(String(next))), await client.isLive(String(access))];
    },
    ['400 invalid_grant', '400 invalid_grant', false],
  ],
  [
    'a refresh token of another client, which goes on',
    async (client) => {
      const { refresh } = await client.tokens();
      return [short(await client.refresh(refresh, TWO)), short(await client.refresh(refresh))];
    },
    ['400 invalid_grant', '200 fine'],
  ],
  [
    'a used refresh token of another client, whose grant goes on',
    async (client) => {
      const { refresh } = await client.tokens();
      const { refresh_token: next } = (await client.refresh(refresh)).fields;
      return [short(await client.refresh(refresh, TWO)), short(await client.refresh(String(next)))];
    },
    ['400 invalid_grant', '200 fine'],
  ],
  ['no refresh token', async (client) => [short(await client.refresh(''))], ['400 invalid_request']],
  ['an unknown refresh token', async (client) => [short(await client.refresh('x'))], ['400 invalid_grant']],
  [
    'a refresh for a scope that was not granted, which spends nothing',
    async (client) => {
      const { refresh } = await client.tokens();
      const more = await client.refresh(refresh, { scope: 'openid offline_access read write' });
      return [short(more), short(await client.refresh(refresh))];
    },
    ['400 invalid_scope', '200 fine'],
  ],
  [
    'a refresh for fewer scopes, of which a later one may have all again',
    async (client) => {
      const { refresh } = await client.tokens();
      const { scope, refresh_token: next } = (await client.refresh(refresh, { scope: 'read' })).fields;
      const later = (await client.refresh(String(next))).fields['scope'];
      return [scope, String(later).split(' ').toSorted()];
    },
    ['read', ['offline_access', 'openid', 'read']],
  ],
  [
    'a refresh for the resource of its grant, and for another',
    async (client) => {
      const { refresh } = await client.tokens({ resource: RESOURCE });
      const same = await client.refresh(refresh, { resource: RESOURCE });
      const next = String(same.fields['refresh_token']);
      const other = await client.refresh(next, { resource: 'https://two.test/mcp' });
      return [short(same), short(other), short(await client.refresh(next))];
    },
    ['200 fine', '400 invalid_target', '400 invalid_grant'],
  ],
  [
    'a refresh without the resource of its grant',
    async (client) => [short(await client.refresh((await client.tokens({ resource: RESOURCE })).refresh))],
    ['200 fine'],
  ],
];

export const revocations: Case[] = [
  [
    'a refresh token, whose grant ends',
    async (client) => {
      const { refresh, access } = await client.tokens();
      const revoked = short(await client.revoke(refresh));
      return [revoked, short(await client.refresh(refresh)), await client.isLive(access)];
    },
    ['200 fine', '400 invalid_grant', false],
  ],
  [
    'an access token, whose grant ends',
    async (client) => {
      const { refresh, access } = await client.tokens();
      const revoked = short(await client.revoke(access));
      return [revoked, short(await client.refresh(refresh)), await client.isLive(access)];
    },
    ['200 fine', '400 invalid_grant', false],
  ],
  ['a token that is not known', async (client) => [short(await client.revoke('made-up'))], ['200 fine']],
  ['no token', async (client) => [short(await client.revoke(''))], ['400 invalid_request']],
  [
    'a token by a client with another secret, which lives on',
    async (client) => {
      const { access } = await client.tokens();
      return [short(await client.revoke(access, { client_secret: 'guessed' })), await client.isLive(access)];
    },
    ['401 invalid_client', true],
  ],
  [
    'a token of another client, which lives on',
    async (client) => {
      const { access } = await client.tokens();
      await client.revoke(access, TWO);
      return [await client.isLive(access)];
    },
    [true],
  ],
];
