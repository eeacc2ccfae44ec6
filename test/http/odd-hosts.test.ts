/** Hosts that make a mistake, or do what few do: nothing that was stored is lost, and what is said is true. */
import { describe, expect, it } from 'vitest';
import { recordingLogger } from '../setup/recording-logger';
import { BINDING, HttpHost, SERVICE, bearerOf, callbackOf } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { Browser } from './browser';
import { authorizationOf } from './journey';

describe('A host', () => {
  const routes = HttpHost.forTests('sqlite');

  const html = { accept: 'text/html' };
  const signedIn = (service: Service) => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id);
    return { id, browser };
  };
  const connect = async (browser: Browser) => {
    const callback = await routes.server.visit(await authorizationOf(browser));
    return browser.navigate(routes.server.issuer, callback);
  };

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('out of order');
      },
      /`afterwards` failed: out of order/,
    ],
    ['returns a promise', (async () => '/x') as unknown as () => string, /`afterwards` returned neither/],
    ['returns an address that leads elsewhere', () => '//evil.test', /`afterwards` returned neither/],
  ])(
    'whose `afterwards` %s has users who are told that they are connected',
    async (_what, afterwards, words) => {
      const logger = recordingLogger();
      const { id, browser } = signedIn(routes.service({ handler: { afterwards, logger } }));
      const response = await connect(browser);
      expect([response.status, await response.text()]).toEqual([
        200,
        expect.stringMatching(/<h1>Atlassian is connected<\/h1>/),
      ]);
      expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
      expect(logger.lines).toEqual([expect.stringMatching(words)]);
    },
  );

  it('may have addresses that are not ASCII', async () => {
    const { browser } = signedIn(routes.service({ handler: { afterwards: '/設定' } }));
    expect((await connect(browser)).headers.get('location')).toBe(
      '/%E8%A8%AD%E5%AE%9A?connection_success=atlassian',
    );
  });

  it('whose session cookie is SameSite=Strict has callbacks that are compared with their user', async () => {
    const service = routes.service();
    const { id, browser } = signedIn(service);
    const callback = await routes.server.visit(await authorizationOf(browser));
    const other = routes.newUser();
    browser.setCookie(SERVICE, 'session', other, 'strict');
    expect((await browser.navigate(routes.server.issuer, callback)).status).toBe(400);
    expect(await routes.host.rows.countBy([{ userId: id }, { userId: other }])).toBe(0);
    browser.setCookie(SERVICE, 'session', id, 'strict');
    expect((await browser.navigate(routes.server.issuer, callback)).status).toBe(303);
  });

  it('whose provider is out of order lets users begin again with what they had asked for', async () => {
    const authorize_url = null;
    const service = routes.service({ oauth: { authorize_url, issuer: routes.server.issuer } });
    const { browser } = signedIn(service);
    const fields = { account: 'work', scopes: 'read write', return_to: '/back', other: 'x' };
    const response = await browser.navigate(SERVICE, `${SERVICE}/connections/atlassian/connect`, fields);
    const page = await response.text();
    expect(page).toContain('Atlassian was not connected');
    const hidden = [...page.matchAll(/type="hidden" name="(\w+)" value="([^"]*)"/g)];
    expect(Object.fromEntries(hidden.map(([, name, value]) => [name, value]))).toEqual({
      account: 'work',
      scopes: 'read write',
      return_to: '/back',
    });
    expect(page).toMatch(/<a class="back" href="\/back">/);
  });

  it('whose users are refused something else is not said to have disconnected them', async () => {
    const service = routes.service();
    const headers = { ...html, cookie: 'session=ada', origin: 'https://evil.test' };
    const refused = await service.send('/connections/atlassian', { method: 'DELETE', headers });
    const page = await refused.text();
    expect([refused.status, page]).toEqual([403, expect.stringContaining('<h1>This did not work</h1>')]);
    expect(page).not.toMatch(/returnOrigins|was not connected/);
    const forProgram = await service.send('/connections/atlassian', {
      method: 'DELETE',
      headers: { cookie: 'session=ada', origin: 'https://evil.test' },
    });
    expect(await forProgram.text()).toContain('returnOrigins');
  });

  it('may word each error, and is told of words that belong to none', async () => {
    const errorTexts = { unauthenticated: 'Wer sind Sie?' };
    const service = routes.service({ handler: { errorTexts } });
    expect(await (await service.send('/connections')).json()).toMatchObject({ detail: 'Wer sind Sie?' });
    // As a module whose exports are the texts.
    const german = { ...errorTexts, [Symbol.toStringTag]: 'Module' };
    expect(() => routes.service({ handler: { errorTexts: german } })).not.toThrow();
    for (const wrong of [{ unauthenticated: 5 }, { unauthentificated: 'x' }, []])
      expect(() => routes.service({ handler: { errorTexts: wrong as object } })).toThrow('`errorTexts`');
  });

  it('names a connection that is switched off', async () => {
    const entries = { site: { ...routes.entryAt('https://site.test'), enabled: false } };
    const at = routes.service({ entries });
    const response = await at.app('ada', '/connections/site/authorize');
    expect(await response.json()).toMatchObject({ detail: expect.stringMatching(/^site /) });
  });

  it('may have each callback at the address of its connection', async () => {
    const service = routes.service({ connections: { callbackPath: '/connections/{name}' } });
    const { authorizationUrl } = await service.connections.authorize('ada', 'atlassian');
    const callback = callbackOf(authorizationUrl, { error: 'access_denied' });
    const response = await service.send(callback, { headers: bearerOf('ada') });
    expect(response.headers.get('location')).toContain('connection_error=atlassian');
    const gone = await service.app('ada', '/connections/atlassian', 'DELETE');
    expect(await gone.json()).toMatchObject({ disconnected: false });
  });

  it('has one page at one address, whose relative links are right', async () => {
    const service = routes.service({ handler: { page: true } });
    const headers = { cookie: 'session=ada' };
    const statuses = ['/connections/ui', '/connections/ui/', '/connections/atlassian/'].map(
      async (path) => (await service.send(path, { headers })).status,
    );
    expect(await Promise.all(statuses)).toEqual([200, 404, 404]);
  });

  it.each(['/', '/a b', '/ü', '/a?b', '//a', 'a'])('cannot have its routes below %j', (basePath) => {
    expect(() => routes.service({ handler: { basePath } })).toThrow('`basePath`');
  });

  it('whose `user` says an empty text has a request of nobody', async () => {
    const service = routes.service({ handler: { user: () => '' } });
    expect((await service.send('/connections')).status).toBe(401);
  });

  it('may answer for many requests with one Response', async () => {
    const login = new Response('sign in', { status: 401 });
    const service = routes.service({ handler: { user: () => login } });
    for (let requests = 0; requests < 3; requests += 1)
      expect(await (await service.send('/connections')).text()).toBe('sign in');
  });

  it('gets no method that only objects have', async () => {
    const service = routes.service();
    for (const method of ['toString', 'constructor', '__proto__']) {
      const request = new Request(`${SERVICE}/connections/atlassian/connect`, { method });
      expect((await service.serve(request)).status).toBe(405);
    }
  });

  it('tells its users what they have disconnected, and of no connection that it may be mistaken for', async () => {
    const entries = { 'a b': routes.entryAt('https://a.test'), a_b: routes.entryAt('https://b.test') };
    const { browser } = signedIn(routes.service({ entries, handler: { page: true, afterwards: undefined } }));
    await connect(browser);
    const gone = await browser.navigate(SERVICE, `${SERVICE}/connections/atlassian/disconnect`, {});
    expect(gone.headers.get('location')).toBe('../ui?disconnected=atlassian');
    const page = async (query: string) =>
      (await browser.navigate(SERVICE, `${SERVICE}/connections/ui?${query}`)).text();
    expect(await page('disconnected=atlassian')).toContain('Atlassian is disconnected.');
    expect(await page('connection_error=a_b&error=authorization_denied')).not.toContain('role="alert"');
    expect(browser.cookie(SERVICE, BINDING)).toMatch(/./);
  });

  it('is warned of an address at which no browser keeps its cookie', () => {
    const warnings = (publicUrl: string) => {
      const logger = recordingLogger();
      routes.service({ connections: { publicUrl }, handler: { logger } });
      return logger.lines;
    };
    expect(warnings('http://api.example.test')).toEqual([
      expect.stringMatching(/^warn: `publicUrl` .*https/),
    ]);
    for (const fine of ['https://api.example.test', 'http://localhost:3000', 'http://127.0.0.1:3000'])
      expect(warnings(fine)).toEqual([]);
  });

  it('that reads a body before the routes is told so', async () => {
    const logger = recordingLogger();
    const service = routes.service({ handler: { logger } });
    const request = new Request(`${SERVICE}/connections/atlassian/connect`, {
      method: 'POST',
      headers: { cookie: 'session=ada', 'sec-fetch-site': 'same-origin' },
      body: 'account=x',
    });
    await request.text();
    expect((await service.serve(request)).status).toBe(500);
    expect(logger.lines).toEqual([expect.stringMatching(/^error: .*was read before/)]);
  });
});
