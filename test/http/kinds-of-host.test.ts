/** Three kinds of host, each with the browser of a user: which flows go well, and which are refused with the reason. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, BINDING, FRONT_END, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { Browser } from './browser';
import { authorizationOf, comeBack, ending, failedWith, SUCCESS } from './journey';

describe('A host', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  beforeAll(() => {
    service = routes.service();
  });
  const connected = async (userId: string) => (await routes.host.rows.countBy({ userId })) === 1;
  const withSession = (sameSite: 'lax' | 'strict') => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id, sameSite);
    return { id, browser };
  };

  describe.each(['lax', 'strict'] as const)('with a session cookie that is SameSite=%s', (sameSite) => {
    it('connects by the original front end', async () => {
      const { id, browser } = withSession(sameSite);
      const response = await comeBack(browser, routes.server, await authorizationOf(browser));
      expect(ending(response)).toEqual(SUCCESS);
      expect(await connected(id)).toBe(true);
    });

    it('connects by a form, without a script', async () => {
      const { id, browser } = withSession(sameSite);
      const form = { account: 'work', return_to: '/mine' };
      const sent = await browser.navigate(SERVICE, `${SERVICE}/connections/atlassian/connect`, form);
      expect(sent.status).toBe(303);
      const response = await comeBack(browser, routes.server, sent.headers.get('location') ?? '');
      expect(ending(response)).toEqual({
        place: `${SERVICE}/mine`,
        query: { connection_success: 'atlassian' },
      });
      expect(await routes.host.row(id)).toMatchObject({ account: 'work' });
      const gone = await browser.navigate(SERVICE, `${SERVICE}/connections/atlassian/disconnect`, form);
      expect(ending(gone)).toMatchObject({ place: `${SERVICE}/mine` });
      expect(await connected(id)).toBe(false);
    });

    it('says so when its user refuses', async () => {
      const { browser } = withSession(sameSite);
      const address = await authorizationOf(browser);
      routes.server.decision = 'deny';
      const response = await comeBack(browser, routes.server, address);
      routes.server.decision = 'allow';
      expect(ending(response)).toEqual(failedWith('authorization_denied'));
    });

    it('connects in two tabs of one browser', async () => {
      const { id, browser } = withSession(sameSite);
      const first = await authorizationOf(browser);
      const cookie = browser.cookie(SERVICE, BINDING);
      const second = await authorizationOf(browser, {}, { query: '?account=work' });
      expect(browser.cookie(SERVICE, BINDING)).toBe(cookie);
      expect(ending(await comeBack(browser, routes.server, first))).toEqual(SUCCESS);
      expect(ending(await comeBack(browser, routes.server, second))).toEqual(SUCCESS);
      expect(await routes.host.rows.countBy({ userId: id })).toBe(2);
    });

    it('connects in two tabs that begin at the same moment, once the list has been shown', async () => {
      const { id, browser } = withSession(sameSite);
      await browser.script(SERVICE, `${SERVICE}/connections`);
      expect(browser.cookie(SERVICE, BINDING)).toMatch(/./);
      const [first, second] = await Promise.all([
        authorizationOf(browser),
        authorizationOf(browser, {}, { query: '?account=work' }),
      ]);
      expect(ending(await comeBack(browser, routes.server, first))).toEqual(SUCCESS);
      expect(ending(await comeBack(browser, routes.server, second))).toEqual(SUCCESS);
      expect(await routes.host.rows.countBy({ userId: id })).toBe(2);
    });
  });

  it('with a session cookie that is SameSite=Strict gets the callback without it, and once more with it', async () => {
    const { id, browser } = withSession('strict');
    const address = await routes.server.visit(await authorizationOf(browser));
    const seen: (string | null)[] = [];
    const watched = new Browser(async (request) => {
      seen.push(request.headers.get('cookie'));
      return service.serve(request);
    });
    watched.setCookie(SERVICE, 'session', id, 'strict');
    watched.setCookie(SERVICE, BINDING, browser.cookie(SERVICE, BINDING) ?? '');
    expect(ending(await watched.navigate(routes.server.issuer, address))).toEqual(SUCCESS);
    const binding = `${BINDING}=${browser.cookie(SERVICE, BINDING)}`;
    expect(seen).toEqual([binding, `session=${id}; ${binding}`]);
  });

  it('with a session cookie that is SameSite=Strict shows its page after a link of another site', async () => {
    const login = new Response(null, { status: 302, headers: { location: '/login' } });
    for (const user of [undefined, ({ headers }: Request) => (headers.has('cookie') ? 'ada' : login)]) {
      const at = routes.service({ handler: { page: true, ...(user && { user }) } });
      const address = `${SERVICE}/connections/ui?connection_success=atlassian`;
      const browser = new Browser(at.serve);
      browser.setCookie(SERVICE, 'session', 'ada', 'strict');
      const first = await browser.navigate('https://mail.test', address);
      expect(first.status).toBe(200);
      const [, target = ''] = /\burl=([^"]+)"/i.exec(await first.text()) ?? [];
      expect(new URL(target, address).href).toBe(address);
      const second = await browser.navigate(SERVICE, address);
      expect([second.status, await second.text()]).toMatchObject([200, expect.stringContaining('Atlassian')]);
      // Nobody is sent round for ever.
      const stranger = await new Browser(at.serve).navigate(SERVICE, address);
      expect(stranger.status).toBe(user === undefined ? 401 : 302);
    }
  });

  it('with bearer tokens and a front end of the same site connects by the cookie that it lets its scripts get', async () => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    const address = await authorizationOf(browser, bearerOf(id), { page: FRONT_END });
    expect(ending(await comeBack(browser, routes.server, address))).toEqual(SUCCESS);
    expect(await connected(id)).toBe(true);
    const gone = { method: 'DELETE', headers: bearerOf(id) };
    const response = await browser.script(FRONT_END, `${SERVICE}/connections/atlassian`, gone);
    expect(await response.json()).toMatchObject({ disconnected: true });
  });

  it('with bearer tokens is served as well in a browser from before `Sec-Fetch-Site`', async () => {
    const id = routes.newUser();
    const browser = new Browser(service.serve, false);
    const address = await authorizationOf(browser, bearerOf(id), { page: FRONT_END });
    expect(browser.cookie(SERVICE, BINDING)).toMatch(/./);
    expect(ending(await comeBack(browser, routes.server, address))).toEqual(SUCCESS);
    expect(await connected(id)).toBe(true);
  });

  it('with bearer tokens and a front end of another site is told why that cannot work, and what to do', async () => {
    const elsewhere = 'https://front.other.test';
    const cross = routes.service({
      connections: { returnOrigins: [elsewhere] },
      handler: { afterwards: `${elsewhere}/connections` },
    });
    const id = routes.newUser();
    const browser = new Browser(cross.serve);
    const headers = bearerOf(id);
    const address = `${SERVICE}/connections/atlassian/authorize`;
    const response = await browser.script(elsewhere, address, { headers });
    expect(response.status).toBe(403);
    const { detail, code } = (await response.json()) as { detail: string; code: string };
    expect(code).toBe('request_refused');
    expect(detail).toMatch(/cookie/);
    expect(detail).toMatch(/same site|same origin|one site/i);
    expect(browser.cookie(SERVICE, BINDING)).toBeUndefined();
    // What needs no cookie works.
    const list = await browser.script(elsewhere, `${SERVICE}/connections`, { headers });
    expect(list.status).toBe(200);
    await cross.connections.importTokens(id, 'atlassian', { accessToken: 'at' });
    const gone = await browser.script(elsewhere, `${SERVICE}/connections/atlassian`, {
      method: 'DELETE',
      headers,
    });
    expect([gone.status, await gone.json()]).toMatchObject([200, { disconnected: true }]);
  });
});
