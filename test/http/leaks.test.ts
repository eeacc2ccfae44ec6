/** What must not be in an answer or a log, and what must be in every answer. */
import { randomBytes } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { bearerOf, BINDING, callbackOf, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';
import { answer, Site } from '../setup/site';
import { Browser } from './browser';

interface Seen {
  readonly what: string;
  readonly status: number;
  readonly headers: [string, string][];
  readonly body: string;
}

describe('Every answer', () => {
  const atEnd = atEndOfTests();
  const secrets = new Map<string, string>();
  const make = (what: string) => {
    const secret = `${what}.${randomBytes(12).toString('hex')}`;
    secrets.set(secret, what);
    return secret;
  };
  const seen: Seen[] = [];
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  let provider: Site;

  /** Keeps a copy of each answer. */
  const watched = (at: Service) => async (request: Request) => {
    const response = await at.serve(request);
    const { pathname } = new URL(request.url);
    seen.push({
      what: `${request.method} ${pathname}`,
      status: response.status,
      headers: [...response.headers],
      body: await response.clone().text(),
    });
    return response;
  };

  beforeAll(async () => {
    provider = await Site.open(atEnd);
    const clientSecret = make('client-secret');
    const entry = routes.entryAt(provider.origin);
    const oauth_config = { ...(entry['oauth_config'] as object), client_secret: clientSecret };
    const options = { entries: { site: { ...entry, oauth_config } } };
    service = routes.service({ ...options, handler: { page: true } });
    const app = routes.service({ ...options, handler: { appLink: 'com.example.app:/connected' } });
    const lost = routes.service({ ...options, handler: { afterwards: undefined } });
    await travel(service);
    await travel(app);
    await travel(lost);
  });

  const tokens = () =>
    answer(200, {
      access_token: make('access-token'),
      refresh_token: make('refresh-token'),
      id_token: make('id-token'),
      token_type: 'Bearer',
      expires_in: 3600,
      scope: 'read',
    });

  /** Everything that users and others do at a service. */
  async function travel(at: Service): Promise<void> {
    const serve = watched(at);
    const session = make('session-of');
    const begin = async (browser: Browser) => {
      const address = `${SERVICE}/connections/site/authorize`;
      const response = await browser.script(SERVICE, address);
      const url = ((await response.json()) as { authorization_url: string }).authorization_url;
      secrets.set(new URL(url).searchParams.get('state') ?? '', 'state');
      secrets.set(browser.cookie(SERVICE, BINDING) ?? '', 'binding');
      return url;
    };
    const back = (browser: Browser, address: string) => browser.navigate(provider.origin, address);
    const addVerifier = () => {
      const { body = '' } = provider.requests.at(-1) ?? {};
      const verifier = new URLSearchParams(body).get('code_verifier');
      if (verifier !== null) secrets.set(verifier, 'verifier');
    };

    const browser = new Browser(serve);
    browser.setCookie(SERVICE, 'session', session);
    provider.pages.set('/token', tokens());
    for (const path of ['', '/check-expired', '/site/status', '/nothing/status', '/ui', '/a/b/c'])
      await browser.script(SERVICE, `${SERVICE}/connections${path}`);
    const address = callbackOf(await begin(browser), { code: make('code') });
    await back(browser, address);
    addVerifier();
    await back(browser, address);
    await browser.navigate(null, `${SERVICE}/connections/ui`);
    const answers = [
      answer(400, { error: 'invalid_grant', error_description: `no ${make('description')}` }),
      answer(401, { error: 'invalid_client' }),
      answer(503, make('page of the provider')),
      answer(200, make('no-json')),
      answer(200, { access_token: make('access-token'), token_type: 'mac' }),
    ];
    for (const failing of answers) {
      provider.pages.set('/token', failing);
      await back(browser, callbackOf(await begin(browser), { code: make('code') }));
      addVerifier();
    }
    await back(
      browser,
      callbackOf(await begin(browser), { error: 'server_error', error_description: make('word') }),
    );
    await back(browser, callbackOf(await begin(browser), { iss: 'https://evil.test', code: make('code') }));
    const stranger = new Browser(serve);
    await back(stranger, callbackOf(await begin(browser), { code: make('code') }));
    await back(stranger, `${SERVICE}/connections/site/callback?code=${make('code')}&state=${make('state')}`);
    await back(stranger, `${SERVICE}/connections/site/callback?code=${make('code')}`);
    await stranger.script(SERVICE, `${SERVICE}/connections`);
    const lured = new Browser(serve);
    lured.setCookie(SERVICE, 'session', session, 'none');
    await lured.navigate('https://evil.test', `${SERVICE}/connections/site/connect`, { account: 'a' });
    const headers = { ...bearerOf(session), 'content-type': 'application/json' };
    for (const body of ['{', JSON.stringify({ code: make('code'), state: make('state') })]) {
      const path = `${SERVICE}/connections/site/complete`;
      await serve(new Request(path, { method: 'POST', headers, body }));
    }
    const begun = await serve(
      new Request(`${SERVICE}/connections/site/authorize`, { headers: bearerOf(session) }),
    );
    const { authorization_url } = (await begun.json()) as { authorization_url: string };
    secrets.set(new URL(authorization_url).searchParams.get('state') ?? '', 'state');
    await back(stranger, callbackOf(authorization_url, { code: make('code') }));
    await browser.navigate(SERVICE, `${SERVICE}/connections/site/connect`, {
      return_to: 'https://evil.test',
    });
    await browser.navigate(SERVICE, `${SERVICE}/connections/site/connect`, {});
    await browser.navigate(SERVICE, `${SERVICE}/connections/site/disconnect`, {});
    for (const method of ['DELETE', 'PUT', 'OPTIONS'])
      await browser.script(SERVICE, `${SERVICE}/connections/site`, { method });
  }

  it('has been seen, of many kinds', () => {
    expect(seen.length).toBeGreaterThan(60);
    const statuses = new Set(seen.map(({ status }) => status));
    for (const status of [200, 204, 303, 400, 401, 403, 404, 405]) expect(statuses).toContain(status);
    expect(new Set(secrets.values()).size).toBeGreaterThan(8);
    expect(
      seen.some(({ headers }) => headers.some(([, value]) => value.startsWith('com.example.app:'))),
    ).toBe(true);
  });

  /** The parts of an answer in which a secret is in its place. */
  const isInPlace = (what: string, kind: string, [name, value]: readonly [string, string]) =>
    (kind === 'binding' && name === 'set-cookie' && value.startsWith(`${BINDING}=`)) ||
    (kind === 'state' && name === 'body' && what.endsWith('/authorize')) ||
    // The page that leads the browser to the same address once more.
    (['state', 'code', 'word'].includes(kind) && name === 'body' && value.includes('http-equiv="refresh"')) ||
    (kind === 'state' && name === 'location' && what.endsWith('/connect')) ||
    ((kind === 'state' || kind === 'code' || kind === 'word') &&
      name === 'location' &&
      value.startsWith('com.example.app:'));

  it('shows no token, code, state, verifier or cookie but where it belongs', () => {
    const found = seen.flatMap(({ what, headers, body }) =>
      [...headers, ['body', body] as [string, string]].flatMap((part) =>
        [...secrets].flatMap(([secret, kind]) =>
          part[1].includes(secret) && !isInPlace(what, kind, part) ? [`${what}: ${kind} in ${part[0]}`] : [],
        ),
      ),
    );
    expect(found.filter((each) => !each.includes('description') && !each.includes(': word in'))).toEqual([]);
  });

  it('leaves none of them in the log', () => {
    const log = routes.host.logger.lines.join('\n');
    const told = [...secrets].filter(([secret, kind]) => {
      const isProvidersWord = kind === 'description' || kind === 'word';
      return !isProvidersWord && log.includes(secret);
    });
    expect(told.map(([, kind]) => kind)).toEqual([]);
  });

  it('keeps itself out of caches, frames and other sites', () => {
    for (const { what, status, headers } of seen) {
      const all = Object.fromEntries(headers);
      expect([what, all]).toEqual([
        what,
        expect.objectContaining({
          'cache-control': expect.stringMatching(/\bno-store\b/),
          // The page lets its own forms say where they are from, to browsers without `Sec-Fetch-Site`.
          'referrer-policy': what.endsWith('/ui') && status === 200 ? 'same-origin' : 'no-referrer',
          'x-content-type-options': 'nosniff',
          'content-security-policy': expect.stringMatching(/default-src 'none'/),
        }),
      ]);
      expect(all['content-security-policy']).toMatch(/frame-ancestors 'none'/);
      expect(Object.keys(all).filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('sets no cookie but that of the browser, with every flag', () => {
    const lines = seen.flatMap(({ headers }) =>
      headers.flatMap(([name, value]) => (name === 'set-cookie' ? [value] : [])),
    );
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) {
      const [pair, ...flags] = line.split(/; */);
      expect(pair).toMatch(new RegExp(`^${BINDING}=[\\w-]{43}$`));
      const lower = flags.map((flag) => flag.toLowerCase());
      expect(lower).toEqual(expect.arrayContaining(['httponly', 'secure', 'samesite=lax', 'path=/']));
      expect(lower.filter((flag) => flag.startsWith('domain'))).toEqual([]);
    }
  });

  it('of a failure that a provider has caused shows none of its words to the user', () => {
    const texts = seen.map(({ body, headers }) => `${body} ${headers.flat().join(' ')}`);
    const words = [...secrets].filter(([, kind]) => kind === 'page of the provider');
    expect(words.filter(([word]) => texts.some((text) => text.includes(word)))).toEqual([]);
  });
});
