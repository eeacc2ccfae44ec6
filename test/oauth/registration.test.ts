import { describe, expect, it } from 'vitest';
import type { ClientNeed } from '../../src/oauth/client-metadata';
import { clientNeed } from '../../src/oauth/client-metadata';
import { registerClient } from '../../src/oauth/registration';

type Sent = Record<string, unknown>;
type Method = Parameters<typeof clientNeed>[1];

/** A server that lists these methods, asked for a client with these scopes. */
interface Asked {
  readonly methods?: readonly string[] | null;
  readonly grants?: readonly string[] | null;
  readonly declared?: Method;
  readonly scopes?: readonly string[];
}

/** @param answers of the server in order, each with its status */
async function registering(answers: readonly (readonly [number, unknown])[], asked: Asked = {}) {
  const { methods = null, grants = null, declared, scopes = [] } = asked;
  const need: ClientNeed = clientNeed({ authMethods: methods, grantTypes: grants }, declared, scopes);
  const request = { client: { name: 'Host' }, redirectUri: 'https://host.example/cb', need };
  const sent: Sent[] = [];
  const registered = await registerClient(
    'https://auth.example.com/register?key=x',
    { authMethods: methods },
    request,
    {
      fetch: async (_url, { body }) => {
        const [status, answer] = answers[sent.push(JSON.parse(body as string) as Sent) - 1] ?? [500, ''];
        return new Response(typeof answer === 'string' ? answer : JSON.stringify(answer), { status });
      },
      timeoutMs: 5_000,
    },
  ).catch((error: unknown) => error as { code: string; message: string });
  return { registered, sent };
}
const register = async (answer: unknown, status = 201, asked: Asked = {}) => {
  const { registered } = await registering([[status, answer]], asked);
  if ('code' in registered) throw registered;
  return registered;
};
const latest = Date.UTC(9999, 11, 31);
const client = { client_id: 'c', client_secret: 's' };
const invalid = [400, { error: 'invalid_client_metadata' }] as const;
const methodsOf = (sent: readonly Sent[]) => sent.map((one) => one['token_endpoint_auth_method']);

describe('A registration', () => {
  it('is read as the RFC has it', async () => {
    const answer = {
      ...client,
      client_secret_expires_at: 1_900_000_000,
      token_endpoint_auth_method: 'client_secret_post',
    };
    expect(await register(answer)).toEqual({
      clientId: 'c',
      clientSecret: 's',
      authMethod: 'client_secret_post',
      expiresAt: 1_900_000_000_000,
      use: { authMethod: 'none', grantTypes: ['authorization_code', 'refresh_token'], scopes: [] },
    });
  });

  it.each<[string, Asked, string]>([
    ['lists none', { methods: null }, 'none'],
    ['lists none among others', { methods: ['client_secret_basic', 'none'] }, 'none'],
    ['lists Basic', { methods: ['client_secret_basic', 'private_key_jwt'] }, 'client_secret_basic'],
    [
      'lists Basic and a form',
      { methods: ['client_secret_basic', 'client_secret_post'] },
      'client_secret_post',
    ],
    [
      'lists others than the declared one',
      { methods: ['none'], declared: 'client_secret_basic' },
      'client_secret_basic',
    ],
    ['does not decode', { methods: ['none'], declared: 'client_secret_basic_raw' }, 'client_secret_basic'],
  ])('asks a server that %s for a method that it takes', async (_what, asked, method) => {
    const { registered, sent } = await registering([[201, client]], asked);
    expect(methodsOf(sent)).toEqual([method]);
    expect(registered).toMatchObject({ clientId: 'c', use: { authMethod: method } });
  });

  it.each<[string, readonly string[] | null, readonly string[]]>([
    ['lists no grant types', null, ['authorization_code', 'refresh_token']],
    ['refreshes tokens', ['refresh_token', 'authorization_code'], ['authorization_code', 'refresh_token']],
    ['does not refresh tokens', ['authorization_code'], ['authorization_code']],
  ])('asks a server that %s for the grant types that it has', async (_what, grants, expected) => {
    const { sent } = await registering([[201, client]], { grants });
    expect(sent[0]?.['grant_types']).toEqual(expected);
  });

  it('has the scopes of the request to come, separated by spaces', async () => {
    const { sent } = await registering([[201, client]], { scopes: ['read', 'write'] });
    expect(sent[0]?.['scope']).toBe('read write');
    const none = await registering([[201, client]], { scopes: [] });
    expect(none.sent[0]).not.toHaveProperty('scope');
  });

  it.each<[string, unknown, readonly string[]]>([
    ['says nothing of scopes', undefined, ['read', 'write']],
    ['registers fewer scopes', 'read', ['read', 'write']],
    ['registers more scopes', 'read admin', ['read', 'write', 'admin']],
    ['has no text for them', ['admin'], ['read', 'write']],
    ['has too many of them', 'x '.repeat(4_000), ['read', 'write']],
  ])('is for the scopes that were asked for and more, where the answer %s', async (_what, scope, scopes) => {
    const { use } = await register({ client_id: 'c', scope }, 201, { scopes: ['read', 'write'] });
    expect(use?.scopes).toEqual(scopes);
  });

  it.each<[string, object, Asked, string | null]>([
    [
      'says another method',
      { ...client, token_endpoint_auth_method: 'client_secret_basic' },
      { methods: ['client_secret_post'] },
      'client_secret_basic',
    ],
    ['says nothing, as asked', client, { methods: ['client_secret_post'] }, 'client_secret_post'],
    [
      'gives a secret that was not asked for',
      client,
      { methods: ['none', 'client_secret_post'] },
      'client_secret_post',
    ],
    ['gives a secret, and the server lists no method', client, { methods: null }, 'client_secret_basic'],
    [
      'gives a secret to a public client',
      { ...client, token_endpoint_auth_method: 'none' },
      { methods: ['client_secret_post'] },
      'none',
    ],
    [
      'gives no secret, as asked',
      { client_id: 'c', token_endpoint_auth_method: 'client_secret_basic' },
      {},
      'none',
    ],
    [
      'is without a secret because the client is public',
      { client_id: 'c', token_endpoint_auth_method: 'none' },
      { methods: ['client_secret_post'] },
      'none',
    ],
    [
      'has a method that is no text',
      { ...client, token_endpoint_auth_method: 7 },
      { methods: ['client_secret_post'] },
      'client_secret_post',
    ],
  ])('authenticates as the answer has it, where it %s', async (_what, answer, asked, authMethod) => {
    expect(await register(answer, 201, asked)).toMatchObject({ authMethod });
  });

  it('of a public client does not end with a secret that is not used', async () => {
    const answer = { ...client, client_secret_expires_at: 1_900_000_000, token_endpoint_auth_method: 'none' };
    expect(await register(answer)).toMatchObject({ authMethod: 'none', expiresAt: null });
  });

  it.each<[string, Asked, readonly Sent[]]>([
    [
      'the next method that is listed',
      { methods: ['client_secret_basic', 'client_secret_post'], scopes: ['read'] },
      [
        { token_endpoint_auth_method: 'client_secret_post', scope: 'read' },
        { token_endpoint_auth_method: 'client_secret_basic', scope: 'read' },
      ],
    ],
    [
      'Basic, the default, where no method is listed',
      {},
      [{ token_endpoint_auth_method: 'none' }, { token_endpoint_auth_method: 'client_secret_basic' }],
    ],
    [
      'no scope, where there is no other method',
      { methods: ['none'], scopes: ['read'] },
      [
        { token_endpoint_auth_method: 'none', scope: 'read' },
        { token_endpoint_auth_method: 'none', scope: undefined },
      ],
    ],
    [
      'no scope, where the method is declared',
      { declared: 'client_secret_post', scopes: ['read'] },
      [
        { token_endpoint_auth_method: 'client_secret_post', scope: 'read' },
        { token_endpoint_auth_method: 'client_secret_post', scope: undefined },
      ],
    ],
  ])('that is refused is tried once more with %s', async (_what, asked, expected) => {
    const { registered, sent } = await registering([invalid, [201, client]], asked);
    expect(sent).toHaveLength(2);
    for (const [index, one] of expected.entries()) expect(sent[index]).toMatchObject(withoutUndefined(one));
    expect(sent[1]?.['scope']).toBe(expected[1]?.['scope']);
    expect(registered).toMatchObject({ clientId: 'c' });
  });

  it.each<[number, unknown]>([
    [400, { error: 'invalid_request', error_description: 'public clients are not allowed' }],
    [400, { error: '<b>marked' }],
    [422, { detail: [] }],
    [422, ''],
  ])('that is refused in general words is tried once more with another method: %s %j', async (...refusal) => {
    const { registered, sent } = await registering([refusal, [201, client]]);
    expect(methodsOf(sent)).toEqual(['none', 'client_secret_basic']);
    expect(registered).toMatchObject({ clientId: 'c' });
    expect((await registering([refusal, refusal])).registered).toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(
        /^(?!.*marked).* none, .* one with .* client_secret_basic, .*\(status 4.*Declare `token_endpoint_auth_method` or/,
      ),
    });
  });

  it('is not asked for where no time is left, and says that it was not', async () => {
    const how = { fetch: async () => new Response('{}'), timeoutMs: 5_000, deadline: 0 };
    const request = {
      client: { name: 'Host' },
      redirectUri: 'https://host.example/cb',
      need: clientNeed({ authMethods: null, grantTypes: null }, undefined, []),
    };
    const late = registerClient('https://auth.example.com/register', { authMethods: null }, request, how);
    await expect(late).rejects.toMatchObject({
      code: 'provider_unavailable',
      message: expect.stringMatching(
        /^No time was left to register a client at "https:\/\/auth\.example\.com": .* too long/,
      ),
    });
  });

  it.each([
    { error: 'invalid_client_metadata', error_description: 'scope must only contain supported values' },
    { error: 'invalid_scope' },
  ])(
    'that is refused for its scopes is tried once more without them, and is then for every scope: %j',
    async (refusal) => {
      const { registered, sent } = await registering(
        [
          [400, refusal],
          [201, client],
        ],
        { scopes: ['read'] },
      );
      expect(methodsOf(sent)).toEqual(['none', 'none']);
      expect(sent[1]).not.toHaveProperty('scope');
      expect(registered).toMatchObject({ use: { scopes: null } });
    },
  );

  it.each<[string, Asked, number]>([
    ['has two methods', { methods: ['none', 'client_secret_basic', 'client_secret_post'], scopes: ['a'] }, 2],
    ['has one method and scopes', { methods: ['none'], scopes: ['a'] }, 2],
    ['has nothing else to offer', { methods: ['none'] }, 1],
  ])('that is refused each time is tried no more than twice, where it %s', async (_what, asked, requests) => {
    const { registered, sent } = await registering([invalid, invalid, invalid], asked);
    expect(sent).toHaveLength(requests);
    expect(registered).toMatchObject({ code: 'client_unregistered' });
  });

  it.each([
    [400, 'invalid_redirect_uri'],
    [401, 'invalid_token'],
    [404, ''],
  ])('that is refused for another reason is not tried again: %s %s', async (status, error) => {
    const { sent } = await registering([[status, { error }]], { scopes: ['read'] });
    expect(sent).toHaveLength(1);
  });

  it.each<[string, string, number | null]>([
    ['1e300', '1e300', latest],
    ['9e15', '9e15', latest],
    ['more than there are numbers', '1e999', latest],
    ['the last second that there is', '253402214400', latest],
    ['a negative number', '-1', null],
    ['a huge negative number', '-1e300', null],
    ['a second that has passed', '3600', null],
    ['zero', '0', null],
    ['text', '"1900000000"', null],
    ['null', 'null', null],
    ['a list', '[1]', null],
  ])('whose secret expires at %s can be stored', async (_what, seconds, expiresAt) => {
    const registered = await register(
      `{"client_id":"c","client_secret":"s","client_secret_expires_at":${seconds}}`,
    );
    expect(registered.expiresAt).toBe(expiresAt);
    expect(new Date(registered.expiresAt ?? 0).toISOString()).toHaveLength(24);
  });

  it('may have a client id of 2,048 characters and a secret of 4,096', async () => {
    const answer = { client_id: 'c'.repeat(2_048), client_secret: 's'.repeat(4_096) };
    expect(await register(answer)).toMatchObject({
      clientId: answer.client_id,
      clientSecret: answer.client_secret,
    });
  });

  it.each<[string, object]>([
    ['client_id', { ...client, client_id: 'c'.repeat(2_049) }],
    ['client_id', { ...client, client_id: 'c\r\nx' }],
    ['client_id', { ...client, client_id: 'é' }],
    ['client_secret', { ...client, client_secret: 's'.repeat(4_097) }],
    ['client_secret', { ...client, client_secret: 'marked\u0000' }],
    ['client_secret', { ...client, client_secret: 'marked-ü' }],
  ])('is refused for its %s (%#), and says which and what to do', async (field, answer) => {
    await expect(register(answer)).rejects.toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(
        new RegExp(
          `^(?!.*marked).*\`${field}\` is longer.*Register a client .* by hand .*"https://host.example/cb"`,
        ),
      ),
    });
  });

  it.each<[string, unknown, number, RegExp]>([
    ['no client id', {}, 201, /registered a client without a `client_id`/],
    ['an empty client id', { client_id: '' }, 201, /without a `client_id`/],
    ['a client id that is no text', { client_id: 7 }, 201, /without a `client_id`/],
    ['a list', [], 200, /without a `client_id`/],
    ['null', 'null', 200, /without a `client_id`/],
    ['HTML', '<html>', 200, /without a `client_id`/],
    [
      'a method that is not ours',
      { ...client, token_endpoint_auth_method: 'tls_client_auth' },
      201,
      /has to authenticate with "tls_client_auth", which this package cannot do/,
    ],
    [
      'a redirect URI that is refused',
      { error: 'invalid_redirect_uri' },
      400,
      /the redirect URI "https:\/\/host.example\/cb" \(status 400, invalid_redirect_uri\)/,
    ],
    [
      'a demand for a software statement',
      { error: 'unapproved_software_statement' },
      400,
      /only clients with a software statement/,
    ],
    [
      'a demand for a token',
      { error: 'invalid_token' },
      401,
      /does not register clients without its permission \(status 401;/,
    ],
    ['a prohibition', '', 403, /does not register clients without its permission \(status 403;/],
    ['another place', '', 302, /refused to register a client \(status 302\)/],
    ['a refusal in words of its own', { error: '<b>marked' }, 409, /^(?!.*marked).*\(status 409\)/],
  ])('with %s is refused', async (_what, answer, status, message) => {
    await expect(register(answer, status)).rejects.toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(message),
    });
  });

  it('without the secret that was asked for is refused', async () => {
    const asked = { methods: ['client_secret_basic'] };
    await expect(register({ client_id: 'c' }, 201, asked)).rejects.toMatchObject({
      code: 'client_unregistered',
      message: expect.stringContaining(
        'registered a client for client_secret_basic without a `client_secret`',
      ),
    });
  });

  it('names all that was refused', async () => {
    const { registered } = await registering([invalid, invalid], { scopes: ['read', 'write'] });
    expect(registered).toMatchObject({
      code: 'client_unregistered',
      message: expect.stringContaining(
        'with `token_endpoint_auth_method` none, `grant_types` authorization_code refresh_token and `scope` "read write", and ' +
          'one with `token_endpoint_auth_method` client_secret_basic,',
      ),
    });
  });

  it.each([[429], [500], [503]])('that is answered with status %s may succeed later', async (status) => {
    await expect(register('', status)).rejects.toMatchObject({ code: 'provider_unavailable' });
  });

  it('is not tried at a server that takes no method of ours', async () => {
    const { registered, sent } = await registering([[201, client]], { methods: ['private_key_jwt'] });
    expect(sent).toEqual([]);
    expect(registered).toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(
        /"private_key_jwt", which this package cannot do.*`token_endpoint_auth_method`/,
      ),
    });
  });
});

function withoutUndefined(one: Sent): Sent {
  return Object.fromEntries(Object.entries(one).filter(([, value]) => value !== undefined));
}
