/** Methods, paths, parameters and cookies as they come from anywhere. */
import { beforeAll, describe, expect, it } from 'vitest';
import { bearerOf, BINDING, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { entry } from '../setup/declarations';
import { Browser } from './browser';
import { authorizationOf, ending, SUCCESS } from './journey';

const OWN = { 'sec-fetch-site': 'same-origin' };

describe('A request', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  beforeAll(() => {
    service = routes.service({
      handler: { page: true },
      entries: {
        __proto__x: entry(),
        '😀 b': entry({ display_name: 'Smile', url: 'https://b.example.test/mcp' }),
      },
    });
  });

  it('of HEAD gets what GET gets, without the body', async () => {
    for (const path of ['', '/ui', '/check-expired', '/atlassian/status', '/nothing/status']) {
      const [head, get] = await Promise.all([
        service.app('ada', `/connections${path}`, 'HEAD'),
        service.app('ada', `/connections${path}`),
      ]);
      expect([path, head.status, head.headers.get('content-type')]).toEqual([
        path,
        get.status,
        get.headers.get('content-type'),
      ]);
      expect(await head.text()).toBe('');
    }
  });

  it('of HEAD begins and completes nothing', async () => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id);
    const address = await routes.server.visit(await authorizationOf(browser));
    const cookie = `session=${id}; ${BINDING}=${browser.cookie(SERVICE, BINDING)}`;
    const head = await service.send(address, { method: 'HEAD', headers: { cookie } });
    expect([await head.text(), head.headers.get('location')]).toEqual(['', null]);
    const begun = await service.send('/connections/atlassian/authorize', {
      method: 'HEAD',
      headers: { ...bearerOf(id) },
    });
    expect([await begun.text(), begun.headers.getSetCookie()]).toEqual(['', []]);
    expect(await routes.host.rows.countBy({ userId: id })).toBe(0);
    const response = await browser.navigate(routes.server.issuer, address);
    expect(ending(response)).toEqual(SUCCESS);
  });

  it('of a callback that comes again says that the flow is over, in HTML, and changes nothing', async () => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id);
    const address = await routes.server.visit(await authorizationOf(browser));
    await browser.navigate(routes.server.issuer, address);
    const before = await routes.host.row(id);
    const again = await browser.navigate(routes.server.issuer, address);
    expect(again.status).toBe(400);
    expect(again.headers.get('content-type')).toMatch(/^text\/html/);
    const html = await again.text();
    expect(html).toMatch(/atlassian/i);
    expect(html).toMatch(/<form[^>]+method="post"/i);
    expect(await routes.host.row(id)).toEqual(before);
  });

  it('of one callback that comes twenty times at once completes the flow once', async () => {
    const id = routes.newUser();
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', id);
    const address = await routes.server.visit(await authorizationOf(browser));
    const asked = Array.from({ length: 20 }, () => browser.navigate(routes.server.issuer, address));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.toSorted((one, other) => one - other)).toEqual([
      303,
      ...Array.from({ length: 19 }, () => 400),
    ]);
    expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
  });

  const methods: readonly [path: string, allowed: string][] = [
    ['', 'GET, HEAD, OPTIONS'],
    // A connection may have such a name, and can be disconnected.
    ['/check-expired', 'DELETE, GET, HEAD, OPTIONS'],
    ['/ui', 'DELETE, GET, HEAD, OPTIONS'],
    ['/atlassian/status', 'GET, HEAD, OPTIONS'],
    ['/atlassian/authorize', 'GET, HEAD, OPTIONS'],
    ['/atlassian/callback', 'GET, HEAD, OPTIONS'],
    ['/atlassian', 'DELETE, OPTIONS'],
    ['/atlassian/connect', 'OPTIONS, POST'],
    ['/atlassian/disconnect', 'OPTIONS, POST'],
    ['/atlassian/complete', 'OPTIONS, POST'],
  ];

  it.each(methods)('for %s may have the methods %s', async (path, allowed) => {
    const sorted = (response: Response) =>
      (response.headers.get('allow') ?? '').split(/, */).toSorted().join(', ');
    const options = await service.send(`/connections${path}`, { method: 'OPTIONS' });
    expect([options.status, await options.text(), sorted(options)]).toEqual([204, '', allowed]);
    for (const method of ['PUT', 'PATCH', 'PROPFIND', 'POST', 'DELETE', 'GET']) {
      if (allowed.includes(method)) continue;
      const headers = { ...bearerOf('ada'), ...OWN };
      const response = await service.send(`/connections${path}`, { method, headers });
      expect([method, response.status, sorted(response)]).toEqual([method, 405, allowed]);
    }
  });

  it.each([
    '/connections/%',
    '/connections/%/status',
    '/connections/%E0%A4%A/status',
    '/connections/%00/status',
    '/connections//status',
    '/connections///',
    '/connections/a%2Fb/status',
    '/connections/..%2f..%2fetc/status',
    '/connections/ATLASSIAN/status',
    '/connections/atlassian/STATUS',
    '/connections/atlassian/status/',
    '/connections/__proto__/status',
    '/connections/hasOwnProperty/authorize',
    '/connections/atlassian/constructor',
    '/connections/atlassian/__proto__',
    '/connections/%F0%9F%98%80/status',
  ])('for the path %s is a 404', async (path) => {
    const response = await service.app('ada', path);
    expect(response.status).toBe(404);
  });

  it.each([
    ['name', `/connections/${'n'.repeat(20_000)}/status`],
    ['name that is encoded', `/connections/${'%41'.repeat(5_000)}/authorize`],
    ['path', `/connections${'/a'.repeat(5_000)}`],
  ])('for a %s without an end is refused in few words', async (_what, path) => {
    const response = await service.app('ada', path);
    expect([400, 404]).toContain(response.status);
    const { detail } = (await response.json()) as { detail: string };
    expect(detail.length).toBeLessThan(600);
  });

  it('for a name with a space and an emoji, encoded, is one for its connection', async () => {
    const response = await service.app('ada', `/connections/${encodeURIComponent('😀 b')}/status`);
    expect([response.status, await response.json()]).toMatchObject([200, { name: '😀 b' }]);
    expect((await service.app('ada', '/connections/__proto__x/status')).status).toBe(200);
  });

  it('that deletes by a name that is not declared is no error, whatever the name', async () => {
    for (const name of ['__proto__', 'a%20b', '%F0%9F%98%80', 'x'.repeat(255)]) {
      const response = await service.app('ada', `/connections/${name}`, 'DELETE');
      expect([name, response.status]).toEqual([name, 200]);
      expect(await response.json()).toMatchObject({ disconnected: false });
    }
    const tooLong = await service.app('ada', `/connections/${'x'.repeat(5_000)}`, 'DELETE');
    expect(tooLong.status).toBeLessThan(500);
  });

  it.each([
    ['an account that is too long', `account=${'a'.repeat(256)}`],
    ['an account that is no text', 'account=%00%ED%A0%80'],
  ])('with %s says so', async (_what, query) => {
    const response = await service.app('ada', `/connections/atlassian/authorize?${query}`);
    expect([200, 400]).toContain(response.status);
    const long = `account=${'a'.repeat(256)}`;
    if (query === long) expect(await response.json()).toMatchObject({ code: 'account_invalid' });
  });

  it.each(['https://evil.test/', '//evil.test', '/\\\\evil.test'])(
    'to disconnect that leads to %j does nothing',
    async (return_to) => {
      const { id } = await routes.host.user(service.connections);
      const headers = {
        cookie: `session=${id}`,
        'content-type': 'application/x-www-form-urlencoded',
        ...OWN,
      };
      const body = new URLSearchParams({ return_to }).toString();
      const response = await service.send('/connections/atlassian/disconnect', {
        method: 'POST',
        headers,
        body,
      });
      expect([response.status, await response.json()]).toMatchObject([400, { code: 'return_to_refused' }]);
      expect(await routes.host.rows.countBy({ userId: id })).toBe(1);
    },
  );

  it('asks for scopes besides those of the connection', async () => {
    const response = await service.app('ada', '/connections/atlassian/authorize?scopes=write%20%20extra');
    const { authorization_url } = (await response.json()) as { authorization_url: string };
    const scopes = new URL(authorization_url).searchParams.get('scope')?.split(' ');
    expect(scopes).toEqual(expect.arrayContaining(['openid', 'offline_access', 'read', 'write', 'extra']));
  });

  it('with a cookie that is not of our making gets one that is', async () => {
    const headers = { cookie: `session=ada; ${BINDING}=guess; ${BINDING}="x"`, ...OWN };
    const response = await service.send('/connections/atlassian/authorize', { headers });
    expect(response.status).toBe(200);
    expect(response.headers.getSetCookie()).toHaveLength(1);
    expect(response.headers.getSetCookie()[0]).not.toContain('guess');
  });

  it('of an app gets no cookie', async () => {
    for (const path of ['', '/ui', '/atlassian/authorize'])
      expect((await service.app('ada', `/connections${path}`)).headers.getSetCookie()).toEqual([]);
  });

  it('with a cookie of its own gets no other', async () => {
    const [line = ''] = (
      await service.send('/connections', { headers: { cookie: 'session=ada' } })
    ).headers.getSetCookie();
    const cookie = `other=1; ${line.split(';')[0]}; session=ada`;
    const headers = { cookie, ...OWN };
    const list = await service.send('/connections', { headers });
    expect(list.headers.getSetCookie()).toEqual([]);
    const begun = await service.send('/connections/atlassian/authorize', { headers });
    const foreign = await service.send('/connections', {
      headers: { cookie: `session=ada; ${BINDING}=guess` },
    });
    expect(foreign.headers.getSetCookie()).toHaveLength(1);
    for (const each of begun.headers.getSetCookie()) expect(each.split(';')[0]).toBe(line.split(';')[0]);
  });
});
