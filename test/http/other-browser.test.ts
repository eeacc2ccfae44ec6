/**
 * Mallory begins a flow and gives its address, or the callback of hers, to Ada: neither gets an account of the other, whatever Ada's
 * browser has.
 */
import { describe, expect, it } from 'vitest';
import { describeAnyEngine } from '../setup/database';
import { bearerOf, BINDING, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { Browser } from './browser';
import { authorizationOf } from './journey';

describeAnyEngine('A flow that Mallory began', (engine) => {
  const routes = HttpHost.forTests(engine);

  const begun: readonly [how: string, begin: (service: Service, mallory: string) => Promise<string>][] = [
    [
      'in her browser',
      (service, mallory) => {
        const browser = new Browser(service.serve);
        browser.setCookie(SERVICE, 'session', mallory);
        return authorizationOf(browser);
      },
    ],
    [
      'with a form of her browser',
      async (service, mallory) => {
        const browser = new Browser(service.serve);
        browser.setCookie(SERVICE, 'session', mallory);
        const sent = await browser.navigate(SERVICE, `${SERVICE}/connections/atlassian/connect`, {});
        return sent.headers.get('location') ?? '';
      },
    ],
    [
      'in her app',
      async (service, mallory) => {
        const response = await service.app(mallory, '/connections/atlassian/authorize');
        return ((await response.json()) as { authorization_url: string }).authorization_url;
      },
    ],
    [
      'with a request of her own making, which has Ada’s origin and a bearer',
      async (service, mallory) => {
        const headers = { ...bearerOf(mallory), origin: SERVICE, 'sec-fetch-site': 'same-origin' };
        const response = await service.send('/connections/atlassian/authorize', { headers });
        return ((await response.json()) as { authorization_url: string }).authorization_url;
      },
    ],
  ];

  const adas: readonly [what: string, has: (browser: Browser, ada: string) => Promise<unknown> | void][] = [
    ['neither a session nor a cookie', () => undefined],
    ['a session', (browser, ada) => browser.setCookie(SERVICE, 'session', ada)],
    [
      'a session that is SameSite=Strict',
      (browser, ada) => browser.setCookie(SERVICE, 'session', ada, 'strict'),
    ],
    [
      'a session and a cookie of a flow of hers',
      async (browser, ada) => {
        browser.setCookie(SERVICE, 'session', ada);
        await authorizationOf(browser);
      },
    ],
    [
      'a cookie, and a session that is SameSite=Strict',
      async (browser, ada) => {
        browser.setCookie(SERVICE, 'session', ada, 'strict');
        await authorizationOf(browser);
      },
    ],
  ];

  describe.each(begun)('%s', (_how, begin) => {
    describe.each([undefined, 'com.example.app:/connected'])('with the link %j of an app', (appLink) => {
      it.each(adas)('ends nowhere in a browser with %s', async (_what, has) => {
        const [mallory, ada] = [routes.newUser(), routes.newUser()];
        const service = routes.service({ handler: { appLink } });
        const browser = new Browser(service.serve);
        await has(browser, ada);
        const address = await routes.server.visit(await begin(service, mallory));
        const tokens = routes.server.tokenRequests;
        const response = await browser.navigate(routes.server.issuer, address);
        const location = response.headers.get('location') ?? '';
        if (location !== '') {
          expect(location).toMatch(/^com\.example\.app:\/connected\?/);
          // Ada's app does what it does with every link.
          const { searchParams } = new URL(location);
          const path = `/connections/${searchParams.get('connection_name')}/complete`;
          const body = JSON.stringify(Object.fromEntries(searchParams));
          expect((await service.app(ada, path, 'POST', body)).status).toBe(400);
        } else expect(response.status).toBe(400);
        for (const userId of [mallory, ada]) expect(await routes.host.rows.countBy({ userId })).toBe(0);
        // No code was spent: whoever began may still end it.
        expect(routes.server.tokenRequests).toBe(tokens);
      });
    });
  });

  it('is completed by nobody without a session, a cookie or a link', async () => {
    const service = routes.service();
    const mallory = routes.newUser();
    const response = await service.app(mallory, '/connections/atlassian/authorize');
    const { authorization_url } = (await response.json()) as { authorization_url: string };
    const address = await routes.server.visit(authorization_url);
    const answer = await new Browser(service.serve).navigate(routes.server.issuer, address);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/<html/);
    expect((await service.send(address, { headers: { cookie: `${BINDING}=guess` } })).status).toBe(400);
    expect((await service.send(address, { headers: { cookie: `session=${mallory}` } })).status).toBe(303);
  });

  it('is not completed by her cookie in the session of Ada', async () => {
    const service = routes.service();
    const [mallory, ada] = [routes.newUser(), routes.newUser()];
    const browser = new Browser(service.serve);
    browser.setCookie(SERVICE, 'session', mallory);
    const address = await routes.server.visit(await authorizationOf(browser));
    // As after a change of users at a shared computer: the cookie of the browser stays.
    browser.setCookie(SERVICE, 'session', ada);
    const response = await browser.navigate(routes.server.issuer, address);
    expect(response.status).toBe(400);
    for (const userId of [mallory, ada]) expect(await routes.host.rows.countBy({ userId })).toBe(0);
  });
});
