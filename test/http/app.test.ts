/** An app that opens the browser of the system, which has neither its session nor a cookie of the flow. */
import { afterEach, beforeAll, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { describeAnyEngine } from '../setup/database';
import { bearerOf, BINDING, callbackOf, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import type { JsonObject } from '../../src/config/definition';
import { answer, Site } from '../setup/site';
import { Browser } from './browser';
import { authorizationOf } from './journey';

const APP_LINK = 'com.example.app:/connected';

describeAnyEngine('An app', (engine) => {
  const atEnd = atEndOfTests();
  const routes = HttpHost.forTests(engine);
  let service: Service;
  beforeAll(() => {
    service = routes.service({ handler: { appLink: APP_LINK } });
  });
  afterEach(() => {
    routes.server.decision = 'allow';
  });

  /** The flow up to the link that the system gives to the app. */
  const linkOf = async (id: string, query = ''): Promise<URL> => {
    const begun = await service.app(id, `/connections/atlassian/authorize${query}`);
    const { authorization_url } = (await begun.json()) as { authorization_url: string };
    expect(begun.headers.getSetCookie()).toEqual([]);
    const callback = await routes.server.visit(authorization_url);
    const response = await new Browser(service.serve).navigate(routes.server.issuer, callback);
    expect(response.status).toBe(303);
    const link = new URL(response.headers.get('location') ?? '');
    expect(link.href.startsWith(`${APP_LINK}?`)).toBe(true);
    const { searchParams } = new URL(callback);
    searchParams.set('connection_name', 'atlassian');
    expect(Object.fromEntries(link.searchParams)).toEqual(Object.fromEntries(searchParams));
    return link;
  };
  const complete = (id: string, link: URL, type = 'application/json') => {
    const parameters = Object.fromEntries(link.searchParams);
    const body =
      type === 'application/json' ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString();
    const headers = { ...bearerOf(id), 'content-type': type };
    const path = `/connections/${link.searchParams.get('connection_name')}/complete`;
    return service.send(path, { method: 'POST', headers, body });
  };
  const read = async (response: Response) => ({
    status: response.status,
    body: (await response.json()) as object,
  });

  it('gets its link also from a browser in which the pages of the service were used, by nobody or by another user', async () => {
    for (const session of [null, routes.newUser()]) {
      const id = routes.newUser();
      const begun = await service.app(id, '/connections/atlassian/authorize');
      const { authorization_url } = (await begun.json()) as { authorization_url: string };
      const browser = new Browser(service.serve);
      browser.setCookie(SERVICE, 'session', session ?? routes.newUser());
      await browser.script(SERVICE, `${SERVICE}/connections`);
      if (session === null) browser.setCookie(SERVICE, 'session', '');
      expect(browser.cookie(SERVICE, BINDING)).toMatch(/./);
      const callback = await routes.server.visit(authorization_url);
      const response = await browser.navigate(routes.server.issuer, callback);
      const link = new URL(response.headers.get('location') ?? 'about:blank');
      expect(link.protocol).toBe('com.example.app:');
      expect((await complete(id, link)).status).toBe(200);
      // What is over is over for the browser, too.
      const again = await browser.navigate(routes.server.issuer, callback);
      expect([again.status, again.headers.get('location')]).toEqual([400, null]);
    }
  });

  it('needs nothing in a browser that has the session of its user, also one that is SameSite=Strict', async () => {
    const id = routes.newUser();
    const begun = await service.app(id, '/connections/atlassian/authorize');
    const { authorization_url } = (await begun.json()) as { authorization_url: string };
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id, 'strict');
    const callback = await routes.server.visit(authorization_url);
    const response = await browser.navigate(routes.server.issuer, callback);
    expect(response.headers.get('location')).toContain('connection_success=atlassian');
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  it('is not given a callback of a flow that began in a browser and is over, nor one that has no state', async () => {
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', routes.newUser(), 'strict');
    const callback = await routes.server.visit(await authorizationOf(browser));
    await browser.navigate(routes.server.issuer, callback);
    const again = await browser.navigate(routes.server.issuer, callback);
    expect([again.status, again.headers.get('location')]).toEqual([400, null]);
    const stranger = new Browser(service.serve);
    const without = await stranger.navigate(null, `${SERVICE}/connections/atlassian/callback?code=c`);
    expect([without.status, without.headers.get('location')]).toEqual([422, null]);
  });

  it.each(['application/json', 'application/json; charset=utf-8', 'application/x-www-form-urlencoded'])(
    'completes its flow with what the link has, as %s',
    async (type) => {
      const id = routes.newUser();
      const link = await linkOf(id, '?account=work&return_to=/back');
      expect(await routes.host.rows.countBy({ userId: id })).toBe(0);
      expect(await read(await complete(id, link, type.split(';')[0]))).toEqual({
        status: 200,
        body: {
          message: expect.stringMatching(/\w/),
          connection_name: 'atlassian',
          account: 'work',
          scopes: 'openid offline_access read',
          return_to: '/back',
        },
      });
      expect(await routes.host.row(id)).toMatchObject({ account: 'work', connectionName: 'atlassian' });
    },
  );

  it('cannot complete the flow of another user, who then can', async () => {
    const [mallory, ada] = [routes.newUser(), routes.newUser()];
    const link = await linkOf(mallory);
    expect(await read(await complete(ada, link))).toMatchObject({
      status: 400,
      body: { code: 'state_unknown' },
    });
    expect(await routes.host.rows.countBy({ userId: ada })).toBe(0);
    expect((await complete(mallory, link)).status).toBe(200);
  });

  it('cannot complete a flow twice', async () => {
    const id = routes.newUser();
    const link = await linkOf(id);
    expect((await complete(id, link)).status).toBe(200);
    expect(await read(await complete(id, link))).toMatchObject({
      status: 400,
      body: { code: 'state_unknown', status: 400 },
    });
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  it('is told that its user refused', async () => {
    const id = routes.newUser();
    routes.server.decision = 'deny';
    const link = await linkOf(id);
    expect(link.searchParams.get('error')).toBe('access_denied');
    const { status, body } = await read(await complete(id, link));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(body).toMatchObject({ code: 'authorization_denied', connection_name: 'atlassian' });
    expect((await complete(id, link)).status).toBe(400);
  });

  it('cannot complete a flow at the route of another connection', async () => {
    const at = routes.service({
      handler: { appLink: APP_LINK },
      entries: { tracker: routes.entryAt(routes.server.issuer) },
    });
    const id = routes.newUser();
    const link = await linkOf(id);
    const body = JSON.stringify(Object.fromEntries(link.searchParams));
    const response = await at.app(id, '/connections/tracker/complete', 'POST', body);
    expect(await read(response)).toMatchObject({ status: 400, body: { code: 'redirect_uri_mismatch' } });
    expect(await routes.host.rows.countBy({ userId: id })).toBe(0);
  });

  it('completes a flow whose declared redirect URI has another name in its path', async () => {
    const provider = await Site.open(atEnd);
    provider.pages.set('/token', answer(200, { access_token: 'at', token_type: 'Bearer', expires_in: 60 }));
    const entry = routes.entryAt(provider.origin);
    const redirect_uri = `${SERVICE}/connections/by-another-name/callback`;
    const oauth_config = { ...(entry['oauth_config'] as JsonObject), redirect_uri };
    const at = routes.service({
      handler: { appLink: APP_LINK },
      entries: { 'a/b': { ...entry, oauth_config } },
    });
    const id = routes.newUser();
    const { authorizationUrl } = await at.connections.authorize(id, 'a/b');
    const response = await at.send(callbackOf(authorizationUrl, { code: 'c' }));
    const { searchParams } = new URL(response.headers.get('location') ?? '');
    const path = `/connections/${searchParams.get('connection_name')}/complete`;
    const body = JSON.stringify(Object.fromEntries(searchParams));
    expect(await read(await at.app(id, path, 'POST', body))).toMatchObject({
      status: 200,
      body: { connection_name: 'a/b' },
    });
  });

  it('completes nothing without a bearer token', async () => {
    const id = routes.newUser();
    const link = await linkOf(id);
    const body = JSON.stringify(Object.fromEntries(link.searchParams));
    const headers = { 'content-type': 'application/json' };
    const path = '/connections/atlassian/complete';
    for (const more of [{}, { cookie: `session=${id}` }]) {
      const response = await service.send(path, { method: 'POST', headers: { ...headers, ...more }, body });
      expect([401, 403]).toContain(response.status);
    }
    expect((await complete(id, link)).status).toBe(200);
  });

  it.each([
    ['', 400, 'body_invalid'],
    ['{}', 400, 'body_invalid'],
    ['{"state":"a"}', 400, 'body_invalid'],
    ['{"code":"a"}', 400, 'body_invalid'],
    ['{"state":"a","code":"b"}', 400, 'state_unknown'],
    ['{"__proto__":{"state":"x"}}', 400, 'body_invalid'],
    ['{"state":7,"code":{}}', 400, 'body_invalid'],
    ['{', 400, 'body_invalid'],
    ['[]', 400, 'body_invalid'],
    ['null', 400, 'body_invalid'],
    ['"x"', 400, 'body_invalid'],
    ['\u0000', 400, 'body_invalid'],
  ])('is told what is wrong with the body %j, %i, %s', async (body, status, code) => {
    const response = await service.app(routes.newUser(), '/connections/atlassian/complete', 'POST', body);
    expect([response.status, await response.json()]).toMatchObject([
      status,
      { status, code, detail: expect.stringMatching(/\w/) },
    ]);
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', ''])(
    'is told that a body of type %j is not understood',
    async (type) => {
      const headers = { ...bearerOf('ada'), 'content-type': type };
      const path = '/connections/atlassian/complete';
      const response = await service.send(path, { method: 'POST', headers, body: 'code=c&state=s' });
      expect([response.status, await response.json()]).toMatchObject([415, { code: 'body_unsupported' }]);
    },
  );

  it('is not needed where the browser has a session of the user who began', async () => {
    const id = routes.newUser();
    const begun = await service.app(id, '/connections/atlassian/authorize');
    const { authorization_url } = (await begun.json()) as { authorization_url: string };
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id);
    const response = await browser.navigate(
      routes.server.issuer,
      await routes.server.visit(authorization_url),
    );
    expect(response.headers.get('location')).toContain('connection_success=atlassian');
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  it('is not given the flow of a browser that has lost its cookie; the log says what may be wrong', async () => {
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', routes.newUser(), 'strict');
    const callback = await routes.server.visit(await authorizationOf(browser));
    const { lines } = routes.host.logger;
    const before = lines.length;
    const stranger = await new Browser(service.serve).navigate(routes.server.issuer, callback);
    expect([stranger.status, stranger.headers.get('location')]).toEqual([400, null]);
    expect(lines.slice(before)).toEqual([
      expect.stringMatching(/^warn: .*"atlassian" came without the cookie.*credentials.*publicUrl/),
    ]);
  });

  it('may have a universal link with a query of its own', async () => {
    const link = 'https://app.example.test/open?from=connections';
    const at = routes.service({ handler: { appLink: link } });
    const begun = await at.app(routes.newUser(), '/connections/atlassian/authorize');
    const { authorization_url } = (await begun.json()) as { authorization_url: string };
    const callback = new URL(callbackOf(authorization_url, { code: 'c' }));
    const response = await at.send(`${callback.pathname}${callback.search}`);
    const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '');
    expect([`${origin}${pathname}`, Object.fromEntries(searchParams)]).toEqual([
      'https://app.example.test/open',
      { from: 'connections', ...Object.fromEntries(callback.searchParams), connection_name: 'atlassian' },
    ]);
  });

  it.each(['javascript:alert(1)', 'data:text/html,x', 'connected', ''])(
    'cannot have the link %j',
    (appLink) => {
      expect(() => routes.service({ handler: { appLink } })).toThrow(
        expect.objectContaining({ code: 'option_invalid' }),
      );
    },
  );
});
