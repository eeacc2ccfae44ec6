/** What the page is told after a flow: the parameters that the original front end reads, for each way to end. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { describeAnyEngine } from '../setup/database';
import { bearerOf, HttpHost } from '../setup/http-host';
import type { Service, ServiceOptions } from '../setup/http-host';
import { ending, failedWith, SUCCESS } from './journey';

describeAnyEngine('After a flow', (engine) => {
  const routes = HttpHost.forTests(engine);
  let service: Service;
  beforeAll(() => {
    service = routes.service();
  });
  afterEach(() => {
    routes.server.decision = 'allow';
  });

  const begin = async (id: string, at: Service, query = '') => {
    const response = await at.app(id, `/connections/atlassian/authorize${query}`);
    return ((await response.json()) as { authorization_url: string }).authorization_url;
  };
  const callback = async (id: string, at = service, query = '') =>
    routes.server.visit(await begin(id, at, query));
  const back = (id: string, address: string, at = service) =>
    at.send(address, { headers: { ...bearerOf(id), accept: 'text/html' } });
  const isStored = async (userId: string) => (await routes.host.rows.countBy({ userId })) > 0;

  it('that went well, the page is told the name', async () => {
    const id = routes.newUser();
    const response = await back(id, await callback(id));
    expect(ending(response)).toEqual(SUCCESS);
    expect(await isStored(id)).toBe(true);
  });

  type Failure = readonly [
    what: string,
    code: string,
    options: ServiceOptions,
    spoil: (address: string) => string,
  ];
  const asItIs = (address: string) => address;
  const changed = (changes: Readonly<Record<string, string | null>>) => (address: string) => {
    const url = new URL(address);
    for (const [name, value] of Object.entries(changes))
      if (value === null) url.searchParams.delete(name);
      else url.searchParams.set(name, value);
    return url.href;
  };
  const failures: readonly Failure[] = [
    ['a code that is not the provider’s', 'authorization_failed', {}, changed({ code: 'guess' })],
    ['neither a code nor an error', 'callback_invalid', {}, changed({ code: null })],
    ['an error of the provider', 'authorization_failed', {}, changed({ code: null, error: 'server_error' })],
    ['a declaration that has changed', 'connection_changed', { oauth: { scopes: 'openid' } }, asItIs],
    [
      'a client that is refused',
      'provider_refused',
      { oauth: { client_secret: 'another-secret-0123456789' } },
      asItIs,
    ],
    [
      'a secret that cannot be read',
      'secret_unresolved',
      { oauth: { client_secret: undefined, client_secret_env: 'A_SECRET_THAT_NOBODY_SETS' } },
      asItIs,
    ],
  ];

  it.each(failures)('that failed for %s, it is told %s', async (_what, code, options, spoil) => {
    const id = routes.newUser();
    const address = spoil(await callback(id));
    const response = await back(id, address, routes.service(options));
    expect(ending(response)).toEqual(failedWith(code));
    expect(await isStored(id)).toBe(false);
  });

  it('that came from another issuer, it is told so, and no code is sent', async () => {
    const id = routes.newUser();
    const at = routes.service({ oauth: { issuer: routes.server.issuer } });
    const address = changed({ iss: 'https://evil.example.test' })(await callback(id, at));
    const asked = routes.server.tokenRequests;
    expect(ending(await back(id, address, at))).toEqual(failedWith('issuer_mismatch'));
    expect(routes.server.tokenRequests).toBe(asked);
  });

  it('that the user refused, it is told so', async () => {
    const id = routes.newUser();
    routes.server.decision = 'deny';
    const response = await back(id, await callback(id));
    expect(ending(response)).toEqual(failedWith('authorization_denied'));
  });

  it('whose provider went down, it is told so', async () => {
    const id = routes.newUser();
    const address = await callback(id);
    for (let tries = 0; tries < 5; tries += 1)
      routes.server.interferences.push(async ({ response }) => void response.writeHead(503).end());
    const response = await back(id, address);
    routes.server.interferences.length = 0;
    expect(ending(response)).toEqual(failedWith('provider_unavailable'));
    expect(await isStored(id)).toBe(false);
  });

  it('whose callback came to the path of another connection, no code is sent', async () => {
    const id = routes.newUser();
    const at = routes.service({ entries: { tracker: routes.entryAt(routes.server.issuer) } });
    const address = (await callback(id, at)).replace('/atlassian/', '/tracker/');
    const asked = routes.server.tokenRequests;
    const response = await back(id, address, at);
    expect(ending(response)).toEqual(failedWith('redirect_uri_mismatch'));
    expect(routes.server.tokenRequests).toBe(asked);
    expect(await isStored(id)).toBe(false);
  });

  it('whose connection is gone meanwhile, it is told so', async () => {
    const id = routes.newUser();
    const address = await callback(id);
    const gone = routes.service({ without: ['atlassian'] });
    expect(ending(await back(id, address, gone))).toEqual(failedWith('connection_unknown'));
    expect(await isStored(id)).toBe(false);
  });

  it('that was ended meanwhile, a page says that it cannot be completed', async () => {
    const id = routes.newUser();
    const address = await callback(id);
    await service.connections.forgetUser(id);
    const response = await back(id, address);
    expect(response.status).toBe(400);
    expect(await response.text()).toMatch(/<html/);
  });
});
