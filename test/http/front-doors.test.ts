/** A service that is reached under several addresses, or below a prefix that a proxy cuts off. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { BINDING, callbackOf, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { answer, Site } from '../setup/site';
import { Browser } from './browser';
import { authorizationOf, ending } from './journey';

const DOORS = ['https://eu.example.test', 'https://us.example.test:8443'];
const INSIDE = 'http://10.1.2.3:3000';

describe('A service with several front doors', () => {
  const atEnd = atEndOfTests();
  const routes = HttpHost.forTests('sqlite');
  let provider: Site;
  let service: Service;
  beforeAll(async () => {
    provider = await Site.open(atEnd);
    provider.pages.set('/token', answer(200, { access_token: 'at', token_type: 'Bearer', expires_in: 3600 }));
  });
  beforeEach(() => {
    provider.requests.length = 0;
    service = routes.service({
      connections: { callbackOrigins: DOORS },
      handler: { afterwards: '/connections' },
      entries: { site: routes.entryAt(provider.origin) },
    });
  });

  /** As proxies pass a request on: to an address of their own, with the host that the browser asked for. */
  const proxied = (header: 'x-forwarded-host' | 'host') => (request: Request) => {
    const { host, pathname, search } = new URL(request.url);
    const headers = new Headers(request.headers);
    headers.set(header, header === 'host' ? host : `${host}, 10.1.2.3`);
    if (header !== 'host') headers.set('host', '10.1.2.3:3000');
    const init = { method: request.method, headers, body: request.body, duplex: 'half' as const };
    return service.serve(new Request(`${INSIDE}${pathname}${search}`, init));
  };
  const begin = async (browser: Browser, door: string) => {
    const address = `${door}/connections/site/authorize`;
    const response = await browser.script(door, address);
    return ((await response.json()) as { authorization_url: string }).authorization_url;
  };

  describe.each(['x-forwarded-host', 'host'] as const)('that are told apart by %s', (header) => {
    it.each([SERVICE, ...DOORS])('lets users of %s come back to it', async (door) => {
      const browser = new Browser(proxied(header));
      const id = routes.newUser();
      browser.setCookie(door, 'session', id, 'strict');
      const authorizationUrl = await begin(browser, door);
      const redirectUri = `${door}/connections/site/callback`;
      expect(new URL(authorizationUrl).searchParams.get('redirect_uri')).toBe(redirectUri);
      expect(browser.cookie(door, BINDING)).toMatch(/./);
      const response = await browser.navigate(provider.origin, callbackOf(authorizationUrl, { code: 'c' }));
      expect(ending(response, door)).toEqual({
        place: `${door}/connections`,
        query: { connection_success: 'site' },
      });
      expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
      const exchanged = new URLSearchParams(provider.requests.at(-1)?.body);
      expect(exchanged.get('redirect_uri')).toBe(redirectUri);
    });
  });

  it.each(['EU.Example.TEST', 'eu.example.test:80', 'eu.example.test:8443'])(
    'knows a door by %j',
    async (door) => {
      const headers = { authorization: 'Bearer token-of-ada', 'x-forwarded-host': door };
      const response = await service.send(`${INSIDE}/connections/site/authorize`, { headers });
      const { authorization_url } = (await response.json()) as { authorization_url: string };
      expect(new URL(authorization_url).searchParams.get('redirect_uri')).toBe(
        `${DOORS[0]}/connections/site/callback`,
      );
    },
  );

  it.each([
    'evil.test',
    'evil.test, eu.example.test',
    'eu.example.test.evil.test',
    'evil.test/eu.example.test',
    'eu.example.test@evil.test',
    '[',
    ' ',
    '%00',
    'a'.repeat(9_000),
  ])('sends users who seem to come through %j to its public address', async (door) => {
    for (const header of ['x-forwarded-host', 'host']) {
      const headers = { authorization: 'Bearer token-of-ada', [header]: door };
      const response = await service.send(`${INSIDE}/connections/site/authorize`, { headers });
      expect(response.status).toBe(200);
      const { authorization_url } = (await response.json()) as { authorization_url: string };
      expect(new URL(authorization_url).searchParams.get('redirect_uri')).toBe(
        `${SERVICE}/connections/site/callback`,
      );
    }
  });

  it('takes requests of any of its doors’ pages, and of no other', async () => {
    const send = async (origin: string) => {
      const headers = { cookie: 'session=ada', origin, 'x-forwarded-host': 'evil.test' };
      return (await service.send('/connections/site', { method: 'DELETE', headers })).status;
    };
    expect(await Promise.all([SERVICE, ...DOORS].map(send))).toEqual([200, 200, 200]);
    expect(await send('https://evil.test')).toBe(403);
  });
});

describe('A service below a prefix that a proxy cuts off', () => {
  const routes = HttpHost.forTests('sqlite');

  /** Takes `/rest` off, and lets everything else through as it is. */
  const behindRest = (service: Service) => (request: Request) => {
    const url = new URL(request.url);
    url.pathname = url.pathname.replace(/^\/rest(?=\/)/, '');
    const init = {
      method: request.method,
      headers: request.headers,
      body: request.body,
      duplex: 'half' as const,
    };
    return service.serve(new Request(url, init));
  };

  it('builds redirect URIs without it, and leads back to the page', async () => {
    const service = routes.service({ handler: { afterwards: '/connections' } });
    const browser = new Browser(behindRest(service));
    const id = routes.newUser();
    browser.setCookie(SERVICE, 'session', id, 'strict');
    const response = await browser.script(SERVICE, `${SERVICE}/rest/connections/atlassian/authorize`);
    const { authorization_url } = (await response.json()) as { authorization_url: string };
    expect(new URL(authorization_url).searchParams.get('redirect_uri')).toBe(
      `${SERVICE}/connections/atlassian/callback`,
    );
    const back = await browser.navigate(routes.server.issuer, await routes.server.visit(authorization_url));
    expect(ending(back)).toEqual({
      place: `${SERVICE}/connections`,
      query: { connection_success: 'atlassian' },
    });
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  it('takes a callback at its whole public path, and at what a proxy leaves of it', async () => {
    const entries = { site: routes.entryAt('https://id.example.test') };
    const service = routes.service({
      connections: { publicUrl: `${SERVICE}/rest` },
      handler: { afterwards: '/here' },
      entries,
    });
    const browser = new Browser(behindRest(service));
    browser.setCookie(SERVICE, 'session', routes.newUser());
    const whole = callbackOf(await authorizationOf(browser, {}, { name: 'site' }), {
      error: 'access_denied',
    });
    expect(new URL(whole).pathname).toBe('/rest/connections/site/callback');
    expect(ending(await browser.navigate('https://id.example.test', whole)).query).toEqual({
      connection_error: 'site',
      error: 'authorization_denied',
    });
  });

  it('takes a callback whose path a proxy has rewritten, by the name in it', async () => {
    const service = routes.service({
      handler: { basePath: '/api/accounts' },
      entries: { tracker: routes.entryAt(routes.server.issuer) },
    });
    const browser = new Browser((request) => {
      const url = new URL(request.url);
      url.pathname = url.pathname.replace(/^\/connections/, '/api/accounts');
      return service.serve(new Request(url, { headers: request.headers }));
    });
    const id = routes.newUser();
    browser.setCookie(SERVICE, 'session', id);
    const callback = await routes.server.visit(await authorizationOf(browser));
    const another = callback.replace('/atlassian/', '/tracker/');
    expect(ending(await browser.navigate(routes.server.issuer, callback)).query).toEqual({
      connection_success: 'atlassian',
    });
    expect(new URL(callback).pathname).toBe('/connections/atlassian/callback');
    expect((await browser.navigate(routes.server.issuer, another)).status).toBe(400);
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  it('leads back to its page below the prefix', async () => {
    const service = routes.service({
      connections: { publicUrl: `${SERVICE}/rest` },
      handler: { page: true, afterwards: undefined },
      entries: { site: routes.entryAt('https://id.example.test') },
    });
    const browser = new Browser(behindRest(service));
    browser.setCookie(SERVICE, 'session', routes.newUser());
    const callback = callbackOf(await authorizationOf(browser, {}, { name: 'site' }), {
      error: 'access_denied',
    });
    const response = await browser.navigate('https://id.example.test', callback);
    expect(ending(response, callback).place).toBe(`${SERVICE}/rest/connections/ui`);
  });

  it('has a page whose forms work with and without it', async () => {
    const service = routes.service({ handler: { page: true } });
    const browser = new Browser(behindRest(service));
    browser.setCookie(SERVICE, 'session', routes.newUser());
    for (const at of ['/rest/connections/ui', '/connections/ui']) {
      const html = await (await browser.navigate(null, `${SERVICE}${at}`)).text();
      const [, action = ''] = /<form[^>]*\baction="([^"]+connect)"/.exec(html) ?? [];
      const form = new URL(action, `${SERVICE}${at}`);
      expect(form.pathname).toBe(at.replace(/ui$/, 'atlassian/connect'));
      const sent = await browser.navigate(SERVICE, form.href, {});
      expect(sent.status).toBe(303);
    }
  });
});
