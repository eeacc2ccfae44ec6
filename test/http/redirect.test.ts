/** Where users are after a flow: the parameters that the original front end reads, and the places that a host names. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FlowOutcome } from '../../src/http';
import { ConnectionOAuthState } from '../../src/entities';
import { describeEachEngine } from '../setup/database';
import { bearerOf, callbackOf, FRONT_END, HttpHost, SERVICE } from '../setup/http-host';
import type { Service, ServiceOptions } from '../setup/http-host';
import { answer, Site } from '../setup/site';
import { ending, failedWith, SUCCESS } from './journey';

describeEachEngine('After a flow', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  let routes: HttpHost;
  let service: Service;
  beforeAll(async () => {
    routes = await HttpHost.open(engine, (cleanUp) => cleanUps.push(cleanUp));
    service = routes.service();
  });
  afterEach(() => {
    routes.server.decision = 'allow';
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
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

describe('The place after a flow', () => {
  const cleanUps: (() => Promise<void>)[] = [];
  let routes: HttpHost;
  let provider: Site;
  beforeAll(async () => {
    const atEnd = (cleanUp: () => Promise<void>) => void cleanUps.push(cleanUp);
    routes = await HttpHost.open('sqlite', atEnd);
    provider = await Site.open(atEnd);
    provider.pages.set('/token', answer(200, { access_token: 'at', token_type: 'Bearer', expires_in: 3600 }));
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const at = (handler: ServiceOptions['handler'], more: ServiceOptions = {}) =>
    routes.service({
      ...more,
      entries: { site: routes.entryAt(provider.origin), 'a ü/😀&b': routes.entryAt(provider.origin) },
      ...(handler === undefined ? {} : { handler }),
    });
  const begin = async (service: Service, id: string, query = '') => {
    const response = await service.app(id, `/connections/site/authorize${query}`);
    const body = (await response.json()) as { authorization_url: string; code?: string };
    return { status: response.status, body };
  };
  /** A whole flow, to where it ends. */
  const end = async (service: Service, parameters: Record<string, string> = { code: 'c' }, query = '') => {
    const id = routes.newUser();
    const { body } = await begin(service, id, query);
    const headers = { ...bearerOf(id), accept: 'text/html' };
    return service.send(callbackOf(body.authorization_url, parameters), { headers });
  };
  const denied = { error: 'access_denied' };

  it('may be a path, with a query and a fragment of its own', async () => {
    const service = at({ afterwards: '/settings?tab=1#accounts' });
    const location = (await end(service)).headers.get('location') ?? '';
    const url = new URL(location, SERVICE);
    expect(url.href).toBe(`${SERVICE}/settings?tab=1&connection_success=site#accounts`);
    const failed = new URL((await end(service, denied)).headers.get('location') ?? '', SERVICE);
    expect([...failed.searchParams]).toEqual([
      ['tab', '1'],
      ['connection_error', 'site'],
      ['error', 'authorization_denied'],
    ]);
    expect(failed.hash).toBe('#accounts');
  });

  it('may be chosen for each flow', async () => {
    const outcomes: FlowOutcome[] = [];
    const service = at({
      afterwards: (outcome) => {
        outcomes.push(outcome);
        return outcome.error === null ? '/done' : '/failed';
      },
    });
    expect(ending(await end(service, { code: 'c' }, '?account=work'))).toMatchObject({
      place: `${SERVICE}/done`,
    });
    expect(ending(await end(service, denied))).toMatchObject({ place: `${SERVICE}/failed` });
    expect(outcomes).toEqual([
      { connectionName: 'site', account: 'work', error: null },
      { connectionName: 'site', account: 'default', error: 'authorization_denied' },
    ]);
  });

  it('is where the flow wanted to go before it is anything else', async () => {
    const service = at({});
    const query = `?return_to=${encodeURIComponent(`${FRONT_END}/deep?x=1`)}`;
    expect(ending(await end(service, { code: 'c' }, query))).toEqual({
      place: `${FRONT_END}/deep`,
      query: { x: '1', connection_success: 'site' },
    });
    expect(ending(await end(service, denied, '?return_to=/deep'))).toEqual({
      place: `${SERVICE}/deep`,
      query: { connection_error: 'site', error: 'authorization_denied' },
    });
  });

  it('is the page of the handler where the host names none', async () => {
    const service = at({ afterwards: undefined, page: true });
    expect(ending(await end(service), `${SERVICE}/connections/site/callback`)).toEqual({
      place: `${SERVICE}/connections/ui`,
      query: { connection_success: 'site' },
    });
  });

  it('is a page that says what happened and begins again, where there is nowhere to go', async () => {
    const service = at({ afterwards: undefined });
    const failed = await end(service, denied);
    expect(failed.status).toBeGreaterThanOrEqual(400);
    expect(failed.headers.get('location')).toBeNull();
    const html = await failed.text();
    expect(html).toMatch(/site/i);
    expect(html).toMatch(
      /<form[^>]+method="post"[^>]*action="[^"]*connect"|<form[^>]+action="[^"]*connect"/i,
    );
    const other = await (await end(service, denied, '?account=work')).text();
    expect(other).toMatch(/<input[^>]+name="account"[^>]+value="work"/);
    const done = await end(service);
    expect(done.status).toBeLessThan(400);
  });

  it.each([
    'https://evil.example.test/',
    '//evil.example.test',
    '/\\evil.example.test',
    'javascript:alert(1)',
    `${FRONT_END}.evil.test/`,
    'https://app.example.test@evil.test/',
  ])('is never %j, which a link could have asked for', async (returnTo) => {
    const service = at({});
    const { status, body } = await begin(service, 'ada', `?return_to=${encodeURIComponent(returnTo)}`);
    expect([status, body.code]).toEqual([400, 'return_to_refused']);
  });

  it('is not believed where the row was changed', async () => {
    const service = at({});
    const id = routes.newUser();
    const { body } = await begin(service, id, '?return_to=/mine');
    const states = routes.host.dataSource.getRepository(ConnectionOAuthState);
    await states.update({ userId: id }, { returnTo: 'https://evil.example.test/' });
    const address = callbackOf(body.authorization_url, { code: 'c' });
    const response = await service.send(address, { headers: bearerOf(id) });
    expect(response.headers.get('location') ?? '').not.toContain('evil');
  });

  it('gets a name with letters, digits and `_.-` only', async () => {
    const redirect_uri = `${SERVICE}/connections/odd/callback`;
    const entry = routes.entryAt(provider.origin);
    const oauth_config = { ...(entry['oauth_config'] as object), redirect_uri };
    const service = routes.service({ entries: { 'aü/😀&b.-_': { ...entry, oauth_config } } });
    const id = routes.newUser();
    const { authorizationUrl } = await service.connections.authorize(id, 'aü/😀&b.-_');
    const address = callbackOf(authorizationUrl, denied);
    const { query } = ending(await service.send(address, { headers: bearerOf(id) }));
    expect(query['connection_error']).toMatch(/^a_{3,6}b\.-_$/);
    expect(query['error']).toBe('authorization_denied');
  });

  it.each(['javascript:alert(1)', '//evil.example.test', '/\\evil.example.test', 'settings', ''])(
    'cannot be %j, which is no address',
    (afterwards) => {
      expect(() => at({ afterwards })).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    },
  );
});
