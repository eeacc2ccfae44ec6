/** What the users of a service see of the routes, whatever the framework of its host is. */
import { expect } from 'vitest';
import type { AuthorizationJson, ConnectionsJson, ProblemJson } from '../../src/http';
import type { AuthorizationServer } from '../setup/authorization-server';
import { Browser } from './browser';
import type { Framework } from './framework';
import { AFTERWARDS, APP_LINK, PUBLIC_ORIGIN } from './service';
import { http1 } from './transport';
import type { Received, Sent } from './transport';

/** A host that has started, and what its users do at it. */
export class Running {
  private users = 0;

  constructor(
    readonly framework: Framework,
    readonly provider: AuthorizationServer,
    private readonly port: number,
  ) {}

  /** Of the list. */
  get base(): string {
    return `${this.framework.prefix ?? ''}/connections`;
  }

  /** A browser of nobody. */
  stranger(): Browser {
    return new Browser(this.framework.transport ?? http1, this.port);
  }

  /** The browser of a user who has signed in. */
  async user(): Promise<Browser> {
    const browser = this.stranger();
    const signedIn = await browser.submit('/login', { user: this.newUser() });
    if (signedIn.status !== 200) throw new Error(`nobody can sign in: ${signedIn.status}`);
    return browser;
  }

  newUser(): string {
    return `user${(this.users += 1)}`;
  }

  /** What is no browser: an app with the bearer token of its user, or anything else. */
  async send(method: string, path: string, more: Partial<Sent> = {}): Promise<Received> {
    const { host } = new URL(PUBLIC_ORIGIN);
    const headers = { host, 'content-type': 'application/json', ...more.headers };
    return (this.framework.transport ?? http1)(this.port, { ...more, method, path, headers });
  }

  async app(user: string, method: string, path: string, more: Partial<Sent> = {}): Promise<Received> {
    return this.send(method, path, {
      ...more,
      headers: { authorization: `Bearer ${user}`, ...more.headers },
    });
  }
}

export type Scenario = (host: Running) => Promise<void>;

export const scenarios: Readonly<Record<string, Scenario>> = {
  'lists connections to a user who has signed in, and to nobody else': async (host) => {
    const user = await host.user();
    const listed = await user.script('GET', host.base);
    expect([listed.status, listed.headers['cache-control']]).toEqual([200, 'no-store']);
    expect(json(listed) as ConnectionsJson).toMatchObject({
      connections: [{ name: 'atlassian', connected: false, valid: true, requires_authorization: true }],
      expired: [],
    });
    const refused = await host.stranger().script('GET', host.base);
    expect([refused.status, refused.headers['content-type']]).toEqual([401, 'application/problem+json']);
    expect(json(refused) as ProblemJson).toMatchObject({ status: 401, code: 'unauthenticated' });
  },

  'connects a user by script, although the callback comes without the session': async (host) => {
    const user = await host.user();
    const begun = await user.script('GET', `${host.base}/atlassian/authorize`);
    expect(begun.status).toBe(200);
    const callback = await host.provider.visit((json(begun) as AuthorizationJson).authorization_url);
    const back = await user.open(callback, 'cross-site');
    expect([back.status, back.headers.location]).toEqual([303, `${AFTERWARDS}?connection_success=atlassian`]);
    expect(await connectedOf(host, user)).toBe(true);
  },

  'connects a user by form, and sends the user where the form says': async (host) => {
    const user = await host.user();
    const begun = await user.submit(`${host.base}/atlassian/connect`, { return_to: '/done?a=b' });
    expect(begun.status).toBe(303);
    const back = await user.open(await host.provider.visit(begun.headers.location ?? ''), 'cross-site');
    expect([back.status, back.headers.location]).toEqual([303, '/done?a=b&connection_success=atlassian']);
    expect(await connectedOf(host, user)).toBe(true);
  },

  'brings a user back who has said no': async (host) => {
    const user = await host.user();
    const begun = await user.submit(`${host.base}/atlassian/connect`);
    host.provider.decision = 'deny';
    const callback = await host.provider.visit(begun.headers.location ?? '');
    host.provider.decision = 'allow';
    const back = await user.open(callback, 'cross-site');
    const query = 'connection_error=atlassian&error=authorization_denied';
    expect([back.status, back.headers.location]).toEqual([303, `${AFTERWARDS}?${query}`]);
  },

  'shows a page for a callback that was completed before': async (host) => {
    const user = await host.user();
    const begun = await user.submit(`${host.base}/atlassian/connect`);
    const callback = await host.provider.visit(begun.headers.location ?? '');
    await user.open(callback, 'cross-site');
    const again = await user.open(callback, 'cross-site');
    expect([again.status, again.headers['content-type']]).toEqual([400, 'text/html; charset=utf-8']);
    expect(again.headers['content-security-policy']).toContain("default-src 'none'");
  },

  'disconnects with a DELETE that has the type of JSON and no body': async (host) => {
    const user = await connectedUser(host);
    for (const disconnected of [true, false]) {
      const answer = await user.script('DELETE', `${host.base}/atlassian`);
      expect([answer.status, json(answer)]).toEqual([
        200,
        { connection_name: 'atlassian', disconnected, message: expect.any(String) },
      ]);
    }
    expect(await connectedOf(host, user)).toBe(false);
  },

  'disconnects by form': async (host) => {
    const user = await connectedUser(host);
    const answer = await user.submit(`${host.base}/atlassian/disconnect`, { account: 'default' });
    expect([answer.status, answer.headers.location]).toEqual([303, AFTERWARDS]);
    expect(await connectedOf(host, user)).toBe(false);
  },

  'refuses the form of another site': async (host) => {
    const user = await host.user();
    const refused = await user.submit(`${host.base}/atlassian/connect`, {}, 'cross-site');
    expect([401, 403]).toContain(refused.status);
    const answer = await host.send('POST', `${host.base}/atlassian/connect`, {
      headers: { authorization: `Bearer ${host.newUser()}`, origin: 'https://evil.example.test' },
    });
    expect([answer.status, (json(answer) as ProblemJson).code]).toEqual([403, 'request_refused']);
  },

  'connects the user of an app, whose callback goes on to the app and comes back with its bearer': async (
    host,
  ) => {
    for (const type of ['application/json', 'application/x-www-form-urlencoded']) {
      const user = host.newUser();
      const begun = await host.app(user, 'GET', `${host.base}/atlassian/authorize`);
      const callback = await host.provider.visit((json(begun) as AuthorizationJson).authorization_url);
      const handed = await host.stranger().open(callback, 'cross-site');
      expect(handed.status).toBe(303);
      const link = new URL(handed.headers.location ?? '');
      expect(link.href).toMatch(new RegExp(`^${APP_LINK}\\?`));
      const body = type.endsWith('json')
        ? JSON.stringify(Object.fromEntries(link.searchParams))
        : link.searchParams.toString();
      const headers = { 'content-type': type };
      const done = await host.app(user, 'POST', `${host.base}/atlassian/complete`, { body, headers });
      expect([done.status, json(done)]).toMatchObject([
        200,
        { connection_name: 'atlassian', account: 'default' },
      ]);
      const listed = await host.app(user, 'GET', host.base);
      expect((json(listed) as ConnectionsJson).connections[0]?.connected).toBe(true);
    }
  },

  'answers a HEAD without a body, and begins nothing with it': async (host) => {
    const user = host.newUser();
    const list = await host.app(user, 'HEAD', host.base);
    expect([list.status, list.body]).toEqual([200, '']);
    const begun = await host.app(user, 'HEAD', `${host.base}/atlassian/authorize`);
    expect([begun.status, begun.body, begun.headers['set-cookie']?.join()]).toEqual([
      204,
      '',
      host.framework.addsCookie === false ? undefined : expect.not.stringContaining('mcp-connections'),
    ]);
  },

  'says with OPTIONS what a route allows': async (host) => {
    const answer = await host.send('OPTIONS', `${host.base}/atlassian/connect`);
    expect([answer.status, answer.body]).toEqual([204, '']);
    expect(answer.headers.allow).toBe('POST, OPTIONS');
  },

  'refuses a method that a route does not have': async (host) => {
    const answer = await host.app(host.newUser(), 'POST', host.base, { body: '{}' });
    expect([answer.status, answer.headers.allow]).toEqual([405, 'GET, HEAD, OPTIONS']);
  },

  'has a 404 of its own below the base path, and leaves the rest to the host': async (host) => {
    const user = host.newUser();
    const below = await host.app(user, 'GET', `${host.base}/atlassian/nothing`);
    expect([below.status, (json(below) as ProblemJson).code]).toEqual([404, 'not_found']);
    const encoded = await host.app(user, 'GET', `${host.base}/no%20such/status`);
    expect([encoded.status, json(encoded) as ProblemJson]).toMatchObject([
      404,
      { connection_name: 'no such' },
    ]);
    const length = await host.stranger().submit('/length', { text: 'x'.repeat(1_000) });
    expect([length.status, length.body]).toEqual([200, '1000']);
  },

  'refuses a body of more than 64 KiB, and answers the next request': async (host) => {
    const user = await host.user();
    const answer = await user.submit(`${host.base}/atlassian/connect`, { text: 'x'.repeat(70_000) });
    expect(answer.status).toBe(413);
    expect((await user.script('GET', host.base)).status).toBe(200);
  },

  'keeps the cookies of the host beside its own': async (host) => {
    if (host.framework.addsCookie === false) return;
    const listed = await (await host.user()).script('GET', host.base);
    const names = listed.headers['set-cookie']?.map((line) => line.split('=')[0]);
    expect(names).toEqual(expect.arrayContaining(['seen', '__Host-mcp-connections']));
  },

  'shows the page of connections': async (host) => {
    const user = await host.user();
    const page = await user.open(`${host.base}/ui`, 'same-origin');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(page.body).toContain('<!doctype html>');
  },

  'answers twenty requests at once, each for its own user': async (host) => {
    const users = Array.from({ length: 20 }, () => host.newUser());
    const begun = await Promise.all(
      users.map((user) => host.app(user, 'GET', `${host.base}/atlassian/authorize`)),
    );
    const addresses = begun.map((answer) => (json(answer) as AuthorizationJson).authorization_url);
    expect(new Set(addresses).size).toBe(20);
    const [callback, user] = [await host.provider.visit(addresses[7] ?? ''), users[7] ?? ''];
    const body = JSON.stringify(Object.fromEntries(new URL(callback).searchParams));
    const other = await host.app(users[8] ?? '', 'POST', `${host.base}/atlassian/complete`, { body });
    expect([other.status, (json(other) as ProblemJson).code]).toEqual([400, 'state_unknown']);
    const own = await host.app(user, 'POST', `${host.base}/atlassian/complete`, { body });
    expect(own.status).toBe(200);
  },

  'completes what a client has sent that has gone meanwhile': async (host) => {
    const user = host.newUser();
    const begun = await host.app(user, 'GET', `${host.base}/atlassian/authorize`);
    const callback = await host.provider.visit((json(begun) as AuthorizationJson).authorization_url);
    const body = JSON.stringify(Object.fromEntries(new URL(callback).searchParams));
    const client = new AbortController();
    const answered = new Promise<void>((resolve) => {
      host.provider.interferences.push(async ({ perform, response }) => {
        const answer = await perform();
        client.abort();
        await gone;
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body, resolve);
      });
    });
    const path = `${host.base}/atlassian/complete`;
    const gone = host
      .app(user, 'POST', path, { body, signal: client.signal })
      .catch((error: unknown) => error);
    expect(await gone).toHaveProperty('name', 'AbortError');
    await answered;
    await expect
      .poll(async () => {
        const listed = await host.app(user, 'GET', host.base);
        return (json(listed) as ConnectionsJson).connections[0]?.connected;
      })
      .toBe(true);
  },
};

function json({ body }: Received): unknown {
  return JSON.parse(body);
}

async function connectedUser(host: Running): Promise<Browser> {
  const user = await host.user();
  const begun = await user.submit(`${host.base}/atlassian/connect`);
  await user.open(await host.provider.visit(begun.headers.location ?? ''), 'cross-site');
  expect(await connectedOf(host, user)).toBe(true);
  return user;
}

async function connectedOf(host: Running, user: Browser): Promise<boolean | undefined> {
  return (json(await user.script('GET', host.base)) as ConnectionsJson).connections[0]?.connected;
}
