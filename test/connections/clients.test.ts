/** What a client is registered for: what the server takes and the request to come needs, however many want different things. */
import { expect, it, vi } from 'vitest';
import type { Connections } from '../../src';
import { codeOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { REDIRECT_URI, SERVER } from '../setup/mcp-world';
import { useRegisteredClients } from '../setup/registered-clients';
import { answer } from '../setup/site';

describeAnyEngine('A client is registered', (engine) => {
  const used = useRegisteredClients(engine);
  const { asked, clientFor, scopesAsked, world } = used;

  it('with a secret where the server takes no other, and uses it for the code, the refresh and the revocation', async () => {
    const { origin } = world.auth;
    const methods = ['private_key_jwt', 'client_secret_post'];
    const changes = {
      token_endpoint_auth_methods_supported: methods,
      revocation_endpoint: `${origin}/revoke`,
    };
    world.auth.pages.set(SERVER, world.server(changes));
    world.auth.pages.set('/register', answer(201, { client_id: 'c', client_secret: 's3cret' }));
    world.auth.pages.set('/revoke', answer(200));
    await world.connect(used.connections, 'ada');
    await world.host.expire('ada');
    await used.connections.getAccessToken('ada', 'linear');
    expect(await used.connections.disconnect('ada', 'linear')).toMatchObject({ revocation: 'revoked' });
    const proof = { client_id: 'c', client_secret: 's3cret' };
    expect(world.tokenRequests).toMatchObject([
      { grant_type: 'authorization_code', ...proof },
      { grant_type: 'refresh_token', ...proof },
    ]);
    const { body = '' } = world.auth.requests.find(({ path }) => path === '/revoke') ?? {};
    expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject(proof);
    expect(asked()).toMatchObject([{ token_endpoint_auth_method: 'client_secret_post' }]);
    const [row] = await world.clients.find();
    expect(JSON.stringify(row)).not.toContain('s3cret');
  });

  it('for more scopes once a request needs more, and then for all requests', async () => {
    await world.connect(used.connections, 'ada');
    expect(await clientFor(['files:write'])).toBe('registered-2');
    expect([await clientFor(), await clientFor(['files:write'])]).toEqual(['registered-2', 'registered-2']);
    expect(scopesAsked()).toEqual(['files:read', 'files:read files:write']);
    await world.host.expire('ada');
    await used.connections.getAccessToken('ada', 'linear');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-1' });
  });

  it('for the scopes of all, so that users who need different ones do not take turns', async () => {
    for (let round = 0; round < 3; round += 1) {
      await clientFor(['b'], used.connections, 'ada');
      await clientFor(['c'], used.connections, 'ole');
    }
    expect(scopesAsked()).toEqual(['files:read b', 'files:read c b']);
  });

  it('for the scopes of all, when many processes want different ones at once', async () => {
    await clientFor();
    const wanted = ['a', 'b', 'c', 'd'];
    const replicas = await Promise.all(wanted.map(() => world.replica()));
    const urls = await Promise.all(
      wanted.map((scope, index) => world.begin(replicas[index] as Connections, scope, { scopes: [scope] })),
    );
    for (const [index, url] of urls.entries()) {
      const userId = wanted[index] as string;
      const callback = `/connections/linear/callback?code=c&state=${url.searchParams.get('state')}`;
      expect(await codeOf(used.connections.complete(callback, { userId }))).toBe('fine');
    }
    expect(world.registered).toBeLessThanOrEqual(1 + wanted.length);
    // Whatever they made of it, it has an end.
    await clientFor(wanted);
    const { registered } = world;
    for (const scope of wanted) await clientFor([scope]);
    await clientFor(wanted);
    expect(world.registered).toBe(registered);
  });

  it('once at a server that registers fewer scopes than it was asked for', async () => {
    world.auth.pages.set('/register', answer(201, { client_id: 'c', scope: 'files:read' }));
    for (let round = 0; round < 3; round += 1) await clientFor(['files:write']);
    expect(asked()).toHaveLength(1);
  });

  it('once at a server that registers more scopes than it was asked for', async () => {
    world.auth.pages.set('/register', answer(201, { client_id: 'c', scope: 'files:read files:write' }));
    expect([await clientFor(), await clientFor(['files:write'])]).toEqual(['c', 'c']);
    expect(asked()).toHaveLength(1);
  });

  it('without scopes at a server that takes none, and is not registered again for any', async () => {
    world.auth.pages.set('/register', (response, { body }) => {
      const isRefused = 'scope' in (JSON.parse(body) as object);
      const refusal = { error: 'invalid_client_metadata', error_description: 'scope is not supported' };
      response.writeHead(isRefused ? 400 : 201).end(JSON.stringify(isRefused ? refusal : { client_id: 'c' }));
    });
    expect([await clientFor(), await clientFor(['files:write'])]).toEqual(['c', 'c']);
    expect(scopesAsked()).toEqual(['files:read', undefined]);
  });

  it('no more where a row does not say what for: it counts as one for everything', async () => {
    await clientFor();
    const place = {
      table: 'connection_client_registrations',
      column: 'client_encrypted',
      row: ['linear', world.auth.origin, REDIRECT_URI],
    } as const;
    const client = { clientId: 'old', clientSecret: null, authMethod: 'none', expiresAt: null };
    const clientEncrypted = await world.host.cipher.encrypt(JSON.stringify(client), place);
    await world.clients.update({ connectionName: 'linear' }, { clientEncrypted });
    expect(await clientFor(['files:write'])).toBe('old');
  });

  it('with the method of before and without scopes, where the server grants scopes that it registers no client for', async () => {
    const register = world.auth.pages.get('/register') as (...given: unknown[]) => void;
    world.auth.pages.set('/register', (response, request) => {
      const { scope = 'files:read' } = JSON.parse(request.body) as { scope?: string };
      if (scope === 'files:read') return register(response, request);
      response.writeHead(400).end('{"error":"invalid_client_metadata","error_description":"Not allowed"}');
    });
    const tokens = { access_token: 'at', token_type: 'Bearer', scope: 'files:read profile' };
    world.auth.pages.set('/token', tokens);
    await world.connect(used.connections, 'ada');
    for (const userId of ['ada', 'ole', 'ada']) {
      expect(await clientFor([], used.connections, userId)).toBe('registered-2');
    }
    expect(scopesAsked()).toEqual(['files:read', 'files:read profile', undefined]);
  });

  it('without scopes once all together would be too many, and then for every scope', async () => {
    const many = (letter: string) => Array.from({ length: 60 }, (_, index) => `${letter}${index}`);
    expect([await clientFor(many('a')), await clientFor(many('b'))]).toEqual([
      'registered-1',
      'registered-2',
    ]);
    expect([await clientFor(many('a')), await clientFor(many('c'))]).toEqual([
      'registered-2',
      'registered-2',
    ]);
    expect(scopesAsked()[1]).toBeUndefined();
  });

  it('once at a server that says its secret has expired already', async () => {
    const methods = { token_endpoint_auth_methods_supported: ['client_secret_post'] };
    world.auth.pages.set(SERVER, world.server(methods));
    world.auth.pages.set(
      '/register',
      answer(201, { client_id: 'c', client_secret: 's', client_secret_expires_at: 3_600 }),
    );
    expect([await clientFor(), await clientFor(), asked().length]).toEqual(['c', 'c', 1]);
  });

  it('anew when another method is declared, and when the server takes another', async () => {
    const secret = (id: string) => answer(201, { client_id: id, client_secret: 's' });
    expect(await clientFor()).toBe('registered-1');
    world.auth.pages.set('/register', secret('declared'));
    const declared = world.connections({ token_endpoint_auth_method: 'client_secret_basic_raw' });
    expect([await clientFor([], declared), await clientFor([], declared)]).toEqual(['declared', 'declared']);
    expect(asked().at(-1)).toMatchObject({ token_endpoint_auth_method: 'client_secret_basic' });
    await world.clients.deleteAll();
    await clientFor();
    world.auth.pages.set(
      SERVER,
      world.server({ token_endpoint_auth_methods_supported: ['client_secret_basic'] }),
    );
    world.auth.pages.set('/register', secret('listed'));
    const after = world.connections();
    expect([await clientFor([], after), await clientFor([], after)]).toEqual(['listed', 'listed']);
  });

  it('and is the only one that is decrypted for the tokens that it has got last', async () => {
    for (const userId of ['ada', 'ole', 'eve']) {
      await world.begin(used.connections, userId, { newClient: true });
      await world.connect(used.connections, userId);
    }
    await world.host.expire('eve');
    const decrypt = vi.spyOn(world.host.cipher, 'decrypt');
    await used.connections.getAccessToken('eve', 'linear');
    const tables = decrypt.mock.calls.map(([, place]) => place.table);
    expect(tables.filter((table) => table === 'connection_client_registrations')).toHaveLength(1);
  });

  it('for a refresh once the server has refresh tokens', async () => {
    world.auth.pages.set(SERVER, world.server({ grant_types_supported: ['authorization_code'] }));
    await clientFor();
    world.auth.pages.set(SERVER, world.server());
    const after = world.connections();
    expect([await clientFor([], after), await clientFor([], after)]).toEqual([
      'registered-2',
      'registered-2',
    ]);
    expect(asked().map(({ grant_types }) => grant_types)).toEqual([
      ['authorization_code'],
      ['authorization_code', 'refresh_token'],
    ]);
  });
});
