/** How a client proves itself, as the bytes that are sent to each endpoint. */
import { describe, expect, it } from 'vitest';
import type { OAuthOptions } from '../../src/config/definition';
import { requestTokens, revokeToken } from '../../src/oauth/token-endpoint';

const url = 'https://auth.example.test/endpoint';

/** The Basic credentials that both endpoints get, in clear. */
async function credentials(
  id: string,
  secret: string,
  method: NonNullable<OAuthOptions['token_endpoint_auth_method']>,
) {
  const sent: string[] = [];
  const how = {
    timeoutMs: 5_000,
    fetch: async (_url: string, { headers }: RequestInit) => {
      const [scheme, text = ''] = new Headers(headers).get('authorization')?.split(' ') ?? [];
      sent.push(`${scheme} ${Buffer.from(text, 'base64').toString('utf8')}`);
      return Response.json({});
    },
  };
  const endpoint = { url, client: { id, secret }, options: { token_endpoint_auth_method: method } };
  await requestTokens(endpoint, 'refresh_token', { refresh_token: 'r' }, how);
  await revokeToken(endpoint, 't', 'access_token', how);
  expect(sent).toHaveLength(2);
  expect(new Set(sent).size).toBe(1);
  return sent[0];
}

describe('client_secret_basic', () => {
  it.each([
    ['0f8fad5b-d9cb-469f-a165-70867728950e', 'k_9-x.Z*', '0f8fad5b-d9cb-469f-a165-70867728950e:k_9-x.Z*'],
    ['an id', 'a secret', 'an+id:a+secret'],
    ['a:b', 'q+w/e==', 'a%3Ab:q%2Bw%2Fe%3D%3D'],
    ['é', '~!()\'"%&', '%C3%A9:%7E%21%28%29%27%22%25%26'],
  ])('of the id %j and the secret %j encodes no more than a form does', async (id, secret, expected) => {
    expect(await credentials(id, secret, 'client_secret_basic')).toBe(`Basic ${expected}`);
    const [user = '', password = ''] = expected.split(':');
    expect([...new URLSearchParams(`${user}=${password}`)]).toEqual([[id, secret]]);
  });
});

describe('client_secret_basic_raw', () => {
  it('encodes nothing', async () => {
    expect(await credentials('an id', 'q+w/e==é', 'client_secret_basic_raw')).toBe('Basic an id:q+w/e==é');
  });
});
