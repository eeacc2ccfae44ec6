/** Every option of `Connections` and its methods is checked when it is given. */
import { describe, expect, it } from 'vitest';
import type { ConnectionsOptions } from '../../src';
import { Connections, connectionRegistry } from '../../src';
import { keyOf } from '../setup/connected';

const registry = connectionRegistry(
  JSON.stringify({ mcpServers: { demo: { url: 'https://api.example.test/mcp', auth_type: 'oauth2' } } }),
);
// Never reached: what is checked late would fail for another reason.
const source = { dataSource: {} as never, registry };
const keys = `k1:${keyOf('a')}`;
const made = (options: object) => new Connections(source, { keys, ...options });
const cipher = { encrypt: () => '', decrypt: () => '', isCurrent: () => true };

const refusedOptions: readonly (readonly [keyof ConnectionsOptions, unknown])[] = [
  ['cipher', { encrypt: () => '' }],
  ['publicUrl', 'api.example.test'],
  ['publicUrl', 'ftp://api.example.test'],
  ['publicUrl', 'https://api.example.test/?tenant=1'],
  ['publicUrl', 'https://api.example.test/#top'],
  ['keys', 5],
  ['keys', null],
  ['keys', [`k1:${keyOf('a')}`]],
  ['callbackPath', 'callback'],
  ['callbackPath', '//evil.test/{name}'],
  ['callbackPath', '/connections/callback'],
  ['callbackPath', '/{name}/{name}'],
  ['callbackOrigins', ['app.example.test']],
  ['callbackOrigins', 'https://app.example.test'],
  ['returnOrigins', ['https://app.example.test/path']],
  ['returnOrigins', [null]],
  ['trustedOrigins', ['http://localhost:3000']],
  ['trustedOrigins', { 'localhost:3000': ['wiki'] }],
  ['trustedOrigins', { 'http://localhost:3000': 'wiki' }],
  ['discoveryFetch', 'guarded'],
  ['clientName', ''],
  ['clientUri', '/about'],
  ['clientMetadataUrl', 'http://api.example.test/{name}/client.json'],
  ['clientMetadataUrl', 'https://api.example.test/client.json'],
  ['clientMetadataUrl', 'https://api.example.test/?name={name}'],
  ['resolveSecret', 'vault'],
  ['fetch', {}],
  ['requestTimeoutMs', 0],
  ['requestTimeoutMs', '10s'],
  ['lockTimeoutMs', Number.NaN],
  ['preparedStatements', 'no'],
  ['logger', {}],
];

describe('new Connections', () => {
  it.each(refusedOptions)('refuses %s: %j at once, and names it', (name, value) => {
    expect(() => made({ [name]: value })).toThrow(
      expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining(`\`${name}\``) }),
    );
  });

  it('knows every option that its type has', () => {
    const tried = new Set(refusedOptions.map(([name]) => name));
    expect([...tried].toSorted()).toEqual(
      Object.keys({
        callbackOrigins: 0,
        callbackPath: 0,
        cipher: 0,
        clientMetadataUrl: 0,
        clientName: 0,
        clientUri: 0,
        discoveryFetch: 0,
        fetch: 0,
        keys: 0,
        lockTimeoutMs: 0,
        logger: 0,
        preparedStatements: 0,
        publicUrl: 0,
        requestTimeoutMs: 0,
        resolveSecret: 0,
        returnOrigins: 0,
        trustedOrigins: 0,
      } satisfies Record<keyof ConnectionsOptions, 0>),
    );
  });

  it('needs keys or a cipher, and not both', () => {
    const withoutKeys = (options: object) => () => new Connections(source, options);
    expect(withoutKeys({})).toThrow(/Option `keys` of `new Connections` is missing/);
    expect(withoutKeys({ keys: undefined })).toThrow(/openssl rand -base64 32/);
    expect(withoutKeys({ keys, cipher })).toThrow(/`keys` or `cipher`, not both/);
    expect(withoutKeys({ cipher })).not.toThrow();
    expect(withoutKeys({ keys: { current: 'k1', keys: { k1: keyOf('a') } } })).not.toThrow();
  });

  it('refuses keys that are none', () => {
    const refusal = (code: string) => expect.objectContaining({ code });
    expect(() => made({ keys: 'no colon' })).toThrow(refusal('key_invalid'));
    expect(() => made({ keys: { current: 'k1', keys: { k1: 'short' } } })).toThrow(refusal('key_invalid'));
    expect(() => made({ keys: { keys: { k1: keyOf('a') } } })).toThrow(refusal('option_invalid'));
    expect(() => made({ keys: { current: 'k1', keys: { k1: null } } })).toThrow(refusal('key_invalid'));
    const legacy = [{ recognizes: () => true }];
    expect(() => made({ keys: { current: 'k1', keys: { k1: keyOf('a') }, legacy } })).toThrow(
      refusal('option_invalid'),
    );
  });

  it('says which option was meant', () => {
    expect(() => made({ publicURL: 'https://api.example.test' })).toThrow(/Did you mean `publicUrl`\?/);
  });

  it('needs a DataSource and a registry', () => {
    const without = (given: unknown) => () => new Connections(given as typeof source, { keys });
    for (const given of [
      undefined,
      null,
      {},
      { dataSource: {} },
      { dataSource: null, registry },
      { dataSource: undefined, registry },
    ]) {
      expect(without(given)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    }
  });
});

it('a published client needs the URL of which its redirect URIs are made', async () => {
  const clientMetadataUrl = 'https://api.example.test/{name}/client.json';
  expect(() => made({ clientMetadataUrl })).toThrow(/`clientMetadataUrl` .* needs `publicUrl`/);
  const connections = made({ clientMetadataUrl, publicUrl: 'https://api.example.test' });
  expect(await connections.clientMetadata('demo')).toMatchObject({
    client_id: 'https://api.example.test/demo/client.json',
    redirect_uris: ['https://api.example.test/connections/demo/callback'],
  });
});

describe('a method of Connections', () => {
  const connections = made({ publicUrl: 'https://api.example.test' });
  const callbackUrl = '/connections/a/callback?code=1&state=2';

  it.each<[string, () => Promise<unknown>, string]>([
    ['authorize', () => connections.authorize('u', 'demo', { returnTO: '/' } as never), 'returnTO'],
    ['authorize', () => connections.authorize('u', 'demo', { scopes: 'read' as never }), 'scopes'],
    ['authorize', () => connections.authorize('u', 'demo', { scopes: ['read write'] }), 'scopes'],
    ['authorize', () => connections.authorize('u', 'demo', { bindToBrowser: 1 as never }), 'bindToBrowser'],
    ['authorize', () => connections.authorize('u', 'demo', { newClient: 'yes' as never }), 'newClient'],
    ['authorize', () => connections.authorize('u', 'demo', { response: null as never }), 'response'],
    [
      'authorize',
      () => connections.authorize('u', 'demo', { response: { status: 401 } as never }),
      'response',
    ],
    [
      'authorize',
      () => connections.authorize('u', 'demo', { response: { headers: new Headers() } as never }),
      'response',
    ],
    ['authorize', () => connections.authorize('u', 'demo', { requestOrigin: 5 as never }), 'requestOrigin'],
    ['authorize', () => connections.authorize('u', 'demo', { userId: 'u' } as never), 'userId'],
    ['complete', () => connections.complete(callbackUrl, {}), 'userId'],
    ['complete', () => connections.complete(callbackUrl, { userId: undefined }), 'userId'],
    ['complete', () => connections.complete(callbackUrl, undefined as never), 'options'],
    ['complete', () => connections.complete(callbackUrl, { user: 'u' } as never), 'user'],
    [
      'getAccessToken',
      () => connections.getAccessToken('u', 'demo', { rejected: 'at' } as never),
      'rejected',
    ],
    ['getAccessToken', () => connections.getAccessToken('u', 'demo', { signal: {} as never }), 'signal'],
    [
      'getAccessToken',
      () => connections.getAccessToken('u', 'demo', { rejectedToken: 1 as never }),
      'rejectedToken',
    ],
    ['disconnect', () => connections.disconnect('u', 'demo', { acount: 'a' } as never), 'acount'],
    [
      'importTokens',
      () => connections.importTokens('u', 'demo', { accessToken: 'a' }, 'work' as never),
      'options',
    ],
    [
      'importTokens',
      () => connections.importTokens('u', 'demo', { accessToken: 'a' }, { replaceSavedBefore: 5 as never }),
      'replaceSavedBefore',
    ],
    ['on', async () => connections.on('conected' as never, () => 1), 'conected'],
    ['on', async () => connections.on('connected', undefined as never), 'function'],
    ['requireScopes', async () => connections.requireScopes('demo', {} as never), 'Response'],
    ['refreshExpiring', () => connections.refreshExpiring({ within: 5 } as never), 'within'],
    ['refreshExpiring', () => connections.refreshExpiring({ withinMs: -1 }), 'withinMs'],
    ['refreshExpiring', () => connections.refreshExpiring({ limit: 0 }), 'limit'],
    ['refreshExpiring', () => connections.refreshExpiring({ concurrency: 0 }), 'concurrency'],
    ['refreshExpiring', () => connections.refreshExpiring({ concurrency: 1_001 }), 'concurrency'],
    ['reencrypt', () => connections.reencrypt({ batch: 100 } as never), 'batch'],
  ])('%s refuses a wrong option at once, and names it', async (call, work, name) => {
    const error: unknown = await work().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'option_invalid' });
    expect((error as Error).message).toContain(call);
    expect((error as Error).message).toContain(name);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['a user id', () => connections.authorize('', 'demo')],
    ['a user id that is reserved', () => connections.list('urn:mcp-connections:application')],
    ['a connection name', () => connections.getAccessToken('u', undefined as never)],
    ['an account', () => connections.disconnect('u', 'demo', { account: '' })],
    ['a name', async () => connections.requireScopes('', new Response())],
    ['a new user id', () => connections.renameUser('u', 'x'.repeat(256))],
  ])('refuses what is not %s', async (_what, work) => {
    await expect(work()).rejects.toMatchObject({ code: 'account_invalid' });
  });
});
