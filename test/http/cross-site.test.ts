/** Requests that other sites make a browser send: none of them begins, ends or deletes anything. */
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectionOAuthState } from '../../src';
import { HOUR_MS } from '../setup/connected';
import { bearerOf, FRONT_END, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { Browser } from './browser';

const EVIL = 'https://evil.test';
const SIBLING = 'https://blog.example.test';
const base = `${SERVICE}/connections/atlassian`;

describe('A request of another site', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  let id: string;
  let browser: Browser;
  /** From before `Sec-Fetch-Site`. */
  let old: Browser;
  beforeAll(() => {
    service = routes.service();
  });
  beforeEach(async () => {
    ({ id } = await routes.host.user(service.connections, HOUR_MS));
    [browser, old] = [new Browser(service.serve), new Browser(service.serve, false)];
    // A session cookie that goes along always: the host has no other protection.
    for (const each of [browser, old]) each.setCookie(SERVICE, 'session', id, 'none');
  });

  const nothingHappened = async () => ({
    flows: await routes.host.dataSource.getRepository(ConnectionOAuthState).countBy({ userId: id }),
    accounts: await routes.host.rows.countBy({ userId: id }),
  });
  const refused = { status: 403, code: 'request_refused' };
  const read = async (response: Response) => {
    const text = await response.text();
    const code = text.startsWith('{') ? (JSON.parse(text) as { code: string }).code : 'request_refused';
    return { status: response.status, code };
  };

  const attacks: readonly [what: string, send: () => Promise<Response>][] = [
    ['an image whose address is that of authorize', () => browser.image(EVIL, `${base}/authorize`)],
    ['an image of a sibling subdomain', () => browser.image(SIBLING, `${base}/authorize`)],
    ['an image in an old browser', () => old.image(EVIL, `${base}/authorize`)],
    ['a link to authorize', () => browser.navigate(EVIL, `${base}/authorize`)],
    ['an address of authorize that was sent by mail', () => browser.navigate(null, `${base}/authorize`)],
    ['an address of authorize in an old browser', () => old.navigate(null, `${base}/authorize`)],
    ['a script that asks authorize', () => browser.script(EVIL, `${base}/authorize`)],
    ['a script of a sibling that asks authorize', () => browser.script(SIBLING, `${base}/authorize`)],
    ['a script that deletes', () => browser.script(EVIL, base, { method: 'DELETE' })],
    ['a script of a sibling that deletes', () => browser.script(SIBLING, base, { method: 'DELETE' })],
    ['a script that deletes, in an old browser', () => old.script(EVIL, base, { method: 'DELETE' })],
    ...['connect', 'disconnect', 'complete'].flatMap((route): [string, () => Promise<Response>][] => [
      [`a form to ${route}`, () => browser.navigate(EVIL, `${base}/${route}`, { account: 'x' })],
      [`a form of a sibling to ${route}`, () => browser.navigate(SIBLING, `${base}/${route}`, {})],
      [`a form of a sandboxed frame to ${route}`, () => browser.navigate('null', `${base}/${route}`, {})],
      [`a form in an old browser to ${route}`, () => old.navigate(EVIL, `${base}/${route}`, {})],
      [
        `a form of a sandboxed frame in an old browser to ${route}`,
        () => old.navigate('null', `${base}/${route}`, {}),
      ],
    ]),
  ];

  it.each(attacks)('that is %s is refused', async (_what, send) => {
    expect(await read(await send())).toEqual(refused);
    expect(await nothingHappened()).toEqual({ flows: 0, accounts: 1 });
  });

  it.each([
    ['GET', '/authorize'],
    ['DELETE', ''],
    ['POST', '/connect'],
    ['POST', '/disconnect'],
    ['POST', '/complete'],
  ])('that says nothing of itself and has a session cookie, %s %s, is refused', async (method, path) => {
    const headers = { cookie: `session=${id}` };
    expect(await read(await service.send(`${base}${path}`, { method, headers }))).toEqual(refused);
    expect(await nothingHappened()).toEqual({ flows: 0, accounts: 1 });
  });

  it.each([
    [{ 'sec-fetch-site': 'none' }],
    [{ 'sec-fetch-site': 'cross-site' }],
    [{ 'sec-fetch-site': 'same-site' }],
    [{ 'sec-fetch-site': 'same-origin, cross-site' }],
    [{ 'sec-fetch-site': '', origin: '' }],
    [{ origin: 'null' }],
    [{ origin: EVIL }],
    [{ origin: `${SERVICE}.evil.test` }],
    [{ origin: `${SERVICE}:444` }],
    [{ origin: SERVICE.replace('https', 'http') }],
    [{ origin: `${EVIL}, ${SERVICE}` }],
    [{ origin: EVIL, host: 'api.example.test' }],
    [{ origin: EVIL, 'x-forwarded-host': 'evil.test' }],
    [{ origin: EVIL, host: 'evil.test' }],
    [{ origin: EVIL, referer: `${SERVICE}/` }],
    [{ referer: `${SERVICE}/` }],
    [{ 'x-requested-with': 'XMLHttpRequest' }],
  ])('with a session and %j is refused', async (said) => {
    const headers = { cookie: `session=${id}`, ...said };
    const response = await service.send(`${base}/disconnect`, { method: 'POST', headers });
    expect(await read(response)).toEqual(refused);
    expect(await nothingHappened()).toEqual({ flows: 0, accounts: 1 });
  });

  it('is refused with a bearer token, too, where it says that it is one', async () => {
    for (const said of [{ origin: EVIL }, { 'sec-fetch-site': 'cross-site' }, { origin: 'null' }]) {
      const headers = { ...bearerOf(id), ...said };
      expect(await read(await service.send(base, { method: 'DELETE', headers }))).toEqual(refused);
    }
    expect(await nothingHappened()).toEqual({ flows: 0, accounts: 1 });
  });

  it('is not a bearer’s because of another kind of authorization beside a session', async () => {
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer ', '']) {
      const headers = { cookie: `session=${id}`, authorization };
      expect(await read(await service.send(base, { method: 'DELETE', headers }))).toEqual(refused);
    }
    expect(await nothingHappened()).toEqual({ flows: 0, accounts: 1 });
  });

  it('may read nothing that it has not been allowed by the host, whose CORS is its own', async () => {
    const response = await browser.script(EVIL, `${SERVICE}/connections`);
    expect([...response.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  it('of the service’s own pages and of its front end is none', async () => {
    for (const page of [SERVICE, FRONT_END]) {
      for (const each of [browser, old]) {
        const response = await each.navigate(page, `${base}/connect`, {});
        expect([response.status, new URL(response.headers.get('location') ?? '').origin]).toEqual([
          303,
          routes.server.issuer,
        ]);
      }
    }
  });
});
