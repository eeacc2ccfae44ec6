/** A server that does not register a client, or refuses the one that it has registered: following what the error says helps. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { codeOf, errorOf } from '../setup/code-of';
import { McpWorld, SERVER } from '../setup/mcp-world';
import type { SiteRequest } from '../setup/site';
import { answer } from '../setup/site';

type Metadata = Readonly<Record<string, unknown>>;

describe('A server', () => {
  const world = McpWorld.forEachTest('sqlite');

  const says = (changes: object) => world.auth.pages.set(SERVER, world.server(changes));
  /** Registers a client of whom this is true, and gives it a secret. */
  const registers = (isTaken: (metadata: Metadata) => boolean, error: string, status = 400) => {
    world.auth.pages.set('/register', (response, { body }) => {
      const metadata = JSON.parse(body) as Metadata;
      const [code, said] = isTaken(metadata)
        ? [
            201,
            {
              client_id: 'c',
              client_secret: 's',
              token_endpoint_auth_method: metadata['token_endpoint_auth_method'],
            },
          ]
        : [status, { error }];
      response.writeHead(code).end(JSON.stringify(said));
    });
  };
  const refusal = (oauth?: JsonObject) => errorOf(world.begin(world.connections(oauth)));
  const byHand =
    /Register a client there by hand with the redirect URI "https:\/\/api\.example\.test\/connections\/linear\/callback", then declare its `client_id`; if it has a secret, declare `issuer` too\.$/;
  const requests = (path: string) => world.auth.requests.filter((request) => request.path === path);
  const proofs = () =>
    requests('/token').map(({ headers, body }: SiteRequest) => [
      headers.authorization,
      new URLSearchParams(body).get('client_id'),
    ]);

  it.each<[string, number, string, RegExp]>([
    [
      'lets nobody register',
      401,
      'invalid_token',
      /does not register clients without its permission \(status 401/,
    ],
    [
      'forbids a registration',
      403,
      'access_denied',
      /does not register clients without its permission \(status 403/,
    ],
    ['has nothing at its registration endpoint', 404, '', /refused to register a client \(status 404\)/],
    [
      'wants a software statement',
      400,
      'invalid_software_statement',
      /only clients with a software statement/,
    ],
  ])('that %s is used with a client that is registered by hand', async (_what, status, error, message) => {
    registers(() => false, error, status);
    const refused = await refusal();
    expect(refused).toMatchObject({ code: 'client_unregistered', message: expect.stringMatching(message) });
    expect(refused.message).toMatch(byHand);
    const secret = { client_id: 'mine', client_secret: 'secret' };
    expect(await codeOf(world.connect(world.connections({ client_id: 'mine' })))).toBe('fine');
    expect(await codeOf(world.connect(world.connections(secret)))).toBe('discovery_failed');
    const declared = { ...secret, issuer: world.auth.origin };
    expect(await codeOf(world.connect(world.connections(declared)))).toBe('fine');
  });

  it('without registration is used with a client that is registered by hand', async () => {
    says({ registration_endpoint: undefined });
    const refused = await refusal();
    expect(refused.message).toMatch(/does not register clients\. Register/);
    expect(refused.message).toMatch(byHand);
    expect(await codeOf(world.connect(world.connections({ client_id: 'mine' })))).toBe('fine');
  });

  it('that refuses a redirect URI takes another that is declared', async () => {
    const redirect_uri = 'https://api.example.test/other/callback';
    registers(({ redirect_uris }) => String(redirect_uris) === redirect_uri, 'invalid_redirect_uri');
    const refused = await refusal();
    expect(refused.message).toMatch(
      /the redirect URI "https:\/\/api\.example\.test\/connections\/linear\/callback" .*Declare a `redirect_uri` that it takes\. Or: R/,
    );
    expect(refused.message).toMatch(byHand);
    expect((await refusal({ redirect_uri })).code).toBe('fine');
  });

  it('that refuses a method takes another that is declared', async () => {
    const method = 'client_secret_basic';
    registers(({ token_endpoint_auth_method: asked }) => asked === method, 'invalid_client_metadata');
    const refused = await refusal();
    expect(refused.message).toMatch(
      /`token_endpoint_auth_method` none, .* and one with `token_endpoint_auth_method` client_secret_post,.*Declare `token_endpoint_auth_method` or `scopes`/,
    );
    const connections = world.connections({ token_endpoint_auth_method: method });
    expect(await codeOf(world.connect(connections))).toBe('fine');
    expect(proofs()).toEqual([[`Basic ${Buffer.from('c:s').toString('base64')}`, null]]);
  });

  it('that refuses a scope takes others that are declared', async () => {
    registers(({ scope }) => scope === 'files:all', 'invalid_client_metadata');
    expect((await refusal()).message).toMatch(/`scope` "files:read".*Declare .*`scopes`/);
    expect((await refusal({ scopes: 'files:all' })).code).toBe('fine');
  });

  it('that lists only methods that this package cannot do takes a declared one, where it can', async () => {
    says({ token_endpoint_auth_methods_supported: ['private_key_jwt', 'tls_client_auth'] });
    registers(() => true, '');
    const refused = await refusal();
    expect(refused).toMatchObject({
      code: 'client_unregistered',
      message: expect.stringMatching(
        /authenticate with "private_key_jwt, tls_client_auth", which this package cannot do\. Have its operator allow .*declare that as `token_endpoint_auth_method`\.$/,
      ),
    });
    expect(requests('/register')).toEqual([]);
    const connections = world.connections({ token_endpoint_auth_method: 'client_secret_post' });
    expect(await codeOf(world.connect(connections))).toBe('fine');
    says({ token_endpoint_auth_methods_supported: ['private_key_jwt', 'none'] });
    expect((await refusal()).code).toBe('fine');
  });

  it('that gives a client a method that this package cannot do is used with one registered by hand', async () => {
    world.auth.pages.set(
      '/register',
      answer(201, { client_id: 'c', token_endpoint_auth_method: 'private_key_jwt' }),
    );
    const refused = await refusal();
    expect(refused.message).toMatch(
      /has to authenticate with "private_key_jwt", which this package cannot do/,
    );
    expect(refused.message).toMatch(byHand);
    expect(await world.clients.count()).toBe(0);
    expect((await refusal({ client_id: 'mine' })).code).toBe('fine');
  });

  it('that never accepts the clients that it registers does so with a method or a client that is declared', async () => {
    let registered = 0;
    const secret = 'a+b/c=';
    says({ token_endpoint_auth_methods_supported: ['client_secret_basic'] });
    world.auth.pages.set('/register', (response) => {
      const client = { client_id: `c${(registered += 1)}`, client_secret: secret };
      response.writeHead(201).end(JSON.stringify(client));
    });
    // It compares a header as it is, and never decodes it.
    world.auth.pages.set('/token', (response, { headers, body }) => {
      const plain = `Basic ${Buffer.from(`c${registered}:${secret}`).toString('base64')}`;
      const isKnown =
        headers.authorization === plain || new URLSearchParams(body).get('client_id') === 'mine';
      const tokens = { access_token: 'at', token_type: 'Bearer' };
      response
        .writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
        .end(JSON.stringify(isKnown ? tokens : { error: 'invalid_client' }));
    });
    for (const next of ['another one is registered', 'later if its operator has to approve it first']) {
      await expect(world.connect(world.connections())).rejects.toMatchObject({
        code: 'authorization_failed',
        message: expect.stringMatching(
          new RegExp(
            `refuses the client that it has registered\\. Let the user begin again: ${next}.*\\. If it happens every time, ` +
              'declare another `token_endpoint_auth_method`, such as `client_secret_basic_raw` .*; or register a client there by hand ' +
              'and declare its `client_id`',
          ),
        ),
      });
    }
    const raw = world.connections({ token_endpoint_auth_method: 'client_secret_basic_raw' });
    expect(await codeOf(world.connect(raw))).toBe('fine');
    expect(await codeOf(world.connect(raw, 'ole'))).toBe('fine');
    expect(registered).toBe(2);
    expect(await codeOf(world.connect(world.connections({ client_id: 'mine' })))).toBe('fine');
  });

  it.each(['invalid_client', 'unauthorized_client'])(
    'that refuses its client with %s in a callback is not said to be wrong about the redirect URI',
    async (error) => {
      const back = async (oauth?: JsonObject) => {
        const connections = world.connections(oauth);
        const state = (await world.begin(connections)).searchParams.get('state');
        const callback = `/connections/linear/callback?error=${error}&state=${state}`;
        return connections.complete(callback, { userId: 'ada' }).catch((failure: unknown) => failure);
      };
      expect(await back()).toMatchObject({
        code: 'authorization_failed',
        message: expect.stringContaining('refuses the client that it has registered'),
      });
      expect(await back({ client_id: 'mine' })).toMatchObject({
        code: 'authorization_failed',
        message: expect.not.stringContaining('that it has registered'),
      });
    },
  );

  describe('that reads published clients', () => {
    const clientMetadataUrl = 'https://api.example.test/oauth/{name}/client.json';
    const published = 'https://api.example.test/oauth/linear/client.json';
    const clientOf = async (oauth?: JsonObject) =>
      (await world.begin(world.connections(oauth, { clientMetadataUrl }))).searchParams.get('client_id');
    const reads = (methods: readonly string[] | undefined, more: object = {}) =>
      says({
        client_id_metadata_document_supported: true,
        token_endpoint_auth_methods_supported: methods,
        ...more,
      });

    it.each<[string, readonly string[] | undefined, string]>([
      ['lists no method', undefined, published],
      ['lists none', ['none', 'client_secret_post'], published],
      ['lists methods with a secret alone', ['client_secret_post'], 'c'],
    ])('is given what it can use, where it %s', async (_what, methods, client) => {
      registers(() => true, '');
      reads(methods);
      expect(await clientOf()).toBe(client);
    });

    it.each<[string, object, number]>([
      ['lets nobody register', {}, 1],
      ['has no registration', { registration_endpoint: undefined }, 0],
    ])('is given that client where it %s, whatever it lists', async (_what, more, asked) => {
      registers(() => false, '', 401);
      reads(['client_secret_post'], more);
      expect(await clientOf()).toBe(published);
      expect(requests('/register')).toHaveLength(asked);
    });

    it('is asked to register where a method with a secret is declared, and told where none is', async () => {
      registers(() => true, '');
      reads(['none', 'client_secret_post']);
      expect(await clientOf({ token_endpoint_auth_method: 'client_secret_post' })).toBe('c');
      reads(['client_secret_post']);
      expect(await clientOf({ token_endpoint_auth_method: 'none' })).toBe(published);
      registers(() => false, '', 401);
      await world.clients.deleteAll();
      expect(await codeOf(clientOf({ token_endpoint_auth_method: 'client_secret_post' }))).toBe(
        'client_unregistered',
      );
    });

    it('refreshes the tokens of such a client, though it lists other methods by now', async () => {
      reads(['none']);
      await world.connect(world.connections(undefined, { clientMetadataUrl }));
      reads(['client_secret_post']);
      await world.host.expire('ada');
      const after = world.connections(undefined, { clientMetadataUrl });
      expect(await codeOf(after.getAccessToken('ada', 'linear'))).toBe('fine');
      expect(world.tokenRequests.at(-1)).toMatchObject({ grant_type: 'refresh_token', client_id: published });
    });
  });
});
