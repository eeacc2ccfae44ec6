/** Where `fetchFor` sends a user's token: to the origins of the API, wherever redirects lead, and nowhere else. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { ApiWorld, authorizations } from '../setup/api-world';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';
import type { SiteRequest } from '../setup/site';
import { answer } from '../setup/site';

const world = new ApiWorld('sqlite');

/** Answers with a redirect. */
const to = (location: string, status = 302) => answer(status, 'moved', { location });
const caller = { headers: { authorization: 'Basic mine', cookie: 'a=b', 'x-more': 'c' } };
const sentTo = ({ requests }: { requests: SiteRequest[] }) =>
  requests.map(({ headers: { authorization, cookie, 'x-more': more } }) => [authorization, cookie, more]);

describe('An origin that the host names', () => {
  it('gets the token', async () => {
    const { fetch, token } = await world.caller(undefined, { origins: [world.other.origin] });
    world.other.pages.set('/', {});
    await fetch(world.other.origin);
    expect(authorizations(world.other)).toEqual([`Bearer ${token}`]);
  });

  it('has its 401 answered with a refreshed token', async () => {
    const { fetch, token } = await world.caller(undefined, { origins: [world.other.origin] });
    world.other.pages.set('/me', world.guarded());
    await world.host.server.forget(token);
    expect((await fetch(`${world.other.origin}/me`)).status).toBe(200);
  });
});

describe('What is declared of the API', () => {
  const declaring = (more: JsonObject, options = {}) =>
    world.trusting({ resolveSecret: async () => 'of a secret', ...options }, world.config(more));

  it('is to which origins the token goes besides, with which headers', async () => {
    const headers = { 'X-Cloud': 'c1', 'X-Key': { env: 'API_KEY' }, 'X-More': 'declared' };
    const { fetch, token } = await world.caller(declaring({ api_origins: [world.other.origin], headers }));
    world.api.pages.set('/go', to(`${world.other.origin}/`));
    world.other.pages.set('/', {});
    await fetch(`${world.api.origin}/go`, caller);
    for (const { requests } of [world.api, world.other]) {
      expect(requests).toHaveLength(1);
      expect(requests[0]?.headers).toMatchObject({
        authorization: `Bearer ${token}`,
        'x-cloud': 'c1',
        'x-key': 'of a secret',
        'x-more': 'c',
      });
    }
  });

  it('goes to no other origin, which needs none of it', async () => {
    const resolveSecret = async () => '';
    const headers = { 'X-Cloud': 'c1', 'X-Key': { env: 'API_KEY' } };
    const { fetch } = await world.caller(declaring({ headers }, { resolveSecret }));
    world.other.pages.set('/', {});
    await fetch(world.other.origin);
    expect(world.other.requests[0]?.headers['x-cloud']).toBeUndefined();
    expect(await codeOf(fetch(world.url))).toBe('secret_unresolved');
    expect(world.api.requests).toEqual([]);
  });

  it('stays behind where a redirect leaves the API', async () => {
    const { fetch } = await world.caller(declaring({ headers: { 'X-Cloud': 'c1' } }));
    world.api.pages.set('/go', to(`${world.other.origin}/`));
    world.other.pages.set('/', {});
    await fetch(`${world.api.origin}/go`);
    await fetch(`${world.api.origin}/go`, { headers: { 'x-cloud': 'of the caller' } });
    expect(world.api.requests.map(({ headers }) => headers['x-cloud'])).toEqual(['c1', 'of the caller']);
    expect(world.other.requests).toHaveLength(2);
    for (const { headers } of world.other.requests) {
      expect([headers['x-cloud'], headers.authorization]).toEqual([undefined, undefined]);
    }
  });
});

describe('Any other origin', () => {
  it('is not asked at a private address', async () => {
    const { fetch } = await world.caller();
    expect(await failureOf(() => fetch(world.other.origin))).toMatchObject({
      code: 'address_refused',
      connectionName: 'atlassian',
      message: expect.stringContaining('A request of `fetchFor`') as string,
    });
    expect(world.other.requests).toEqual([]);
  });

  it('is asked without the token where the host trusts it, with what the caller gave', async () => {
    const { fetch } = await world.caller(world.trusting());
    world.other.pages.set('/', {});
    await fetch(world.other.origin, caller);
    expect(sentTo(world.other)).toEqual([['Basic mine', 'a=b', 'c']]);
  });

  it('is asked for a user who is not connected', async () => {
    world.other.pages.set('/', {});
    const fetch = world.trusting().fetchFor('nobody', 'atlassian');
    expect((await fetch(world.other.origin)).status).toBe(200);
  });

  it('refreshes nothing with a 401, which is given to the caller', async () => {
    const { fetch } = await world.caller(world.trusting());
    const before = world.host.server.refreshes;
    world.other.pages.set('/', answer(401, 'no'));
    const response = await fetch(world.other.origin);
    expect([response.status, await response.text()]).toEqual([401, 'no']);
    expect(world.host.server.refreshes).toBe(before);
  });

  it('is refused where its name leads to a private address, with what to do about it', async () => {
    const { fetch } = await world.caller();
    const error = await failureOf(() => fetch('https://localhost/'));
    expect(error).toMatchObject({ code: 'address_refused' });
    expect(String(error)).toContain('`api_origins`');
  });

  it('is asked by the guard where it is public, whatever the body is', async () => {
    const asked: unknown[][] = [];
    const discoveryFetch = async (url: string, init: RequestInit) => {
      const { pathname } = new URL(url);
      const response = await fetch(`${world.other.origin}${pathname}`, { ...init, duplex: 'half' });
      const { body } = world.other.requests.at(-1) as SiteRequest;
      asked.push([body, new Headers(init.headers).get('content-type'), init.body?.constructor]);
      return response;
    };
    const { fetch: call } = await world.caller(world.connections({ discoveryFetch }));
    world.other.pages.set('/x', {});
    for (const body of [
      'text',
      new URLSearchParams({ a: 'b c' }),
      new Blob(['blob'], { type: 'text/css' }),
      Buffer.from('bytes'),
      new Blob(['stream']).stream(),
    ]) {
      const response = await call('https://foreign.example/x?y#z', { method: 'POST', body, duplex: 'half' });
      expect([response.url, response.redirected]).toEqual(['https://foreign.example/x?y', false]);
    }
    expect(asked).toEqual([
      ['text', 'text/plain;charset=UTF-8', Uint8Array],
      ['a=b+c', 'application/x-www-form-urlencoded;charset=UTF-8', Uint8Array],
      ['blob', 'text/css', Uint8Array],
      ['bytes', null, Uint8Array],
      ['stream', null, ReadableStream],
    ]);
  });
});

describe('A redirect', () => {
  it('from the API to another origin takes no credentials there', async () => {
    const { fetch, token } = await world.caller(world.trusting());
    world.api.pages.set('/go', to(`${world.other.origin}/file`));
    world.other.pages.set('/file', answer(200, 'file'));
    const response = await fetch(`${world.api.origin}/go`, caller);
    const copy = response.clone();
    expect([await response.text(), await copy.text()]).toEqual(['file', 'file']);
    expect(sentTo(world.api)).toEqual([[`Bearer ${token}`, 'a=b', 'c']]);
    expect(sentTo(world.other)).toEqual([[undefined, undefined, 'c']]);
    expect([response.url, response.redirected]).toEqual([`${world.other.origin}/file`, true]);
    expect([copy.url, copy.redirected]).toEqual([response.url, true]);
  });

  it('from the API to a private address that nobody trusts is refused', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', to(world.other.origin));
    expect(await codeOf(fetch(`${world.api.origin}/go`))).toBe('address_refused');
    expect(world.other.requests).toEqual([]);
  });

  it('within the API takes the token along, and refreshes it where it is refused', async () => {
    const { fetch, token } = await world.caller();
    await world.host.server.forget(token);
    world.api.pages.set('/go', to('/me#part', 307));
    const response = await fetch(`${world.api.origin}/go`, { method: 'POST', body: 'b', ...caller });
    expect(await response.json()).toEqual({ method: 'POST', body: 'b' });
    expect(response.url).toBe(world.url);
    const [first, second, third] = authorizations(world.api);
    expect([first, second]).toEqual([`Bearer ${token}`, first]);
    expect(third).not.toBe(first);
    expect(world.api.requests.map(({ path }) => path)).toEqual(['/go', '/me', '/me']);
  });

  it('between two origins of the API takes the token along, and no cookie', async () => {
    const { fetch, token } = await world.caller(undefined, { origins: [world.other.origin] });
    world.api.pages.set('/go', to(`${world.other.origin}/`));
    world.other.pages.set('/', {});
    await fetch(`${world.api.origin}/go`, caller);
    expect(sentTo(world.other)).toEqual([[`Bearer ${token}`, undefined, 'c']]);
  });

  it('from another origin to the API brings no token there: that server must not choose what is done as the user', async () => {
    const { fetch } = await world.caller(world.trusting());
    world.other.pages.set('/', to(world.url));
    await fetch(world.other.origin, caller);
    expect(sentTo(world.other)).toEqual([['Basic mine', 'a=b', 'c']]);
    expect(sentTo(world.api)).toEqual([[undefined, undefined, 'c']]);
  });

  it.each([
    [301, 'POST', 'GET'],
    [302, 'POST', 'GET'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [301, 'PUT', 'PUT'],
    [302, 'DELETE', 'DELETE'],
    [307, 'POST', 'POST'],
    [308, 'PATCH', 'PATCH'],
  ])('with status %d sends %s on as %s', async (status, method, next) => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', to('/me', status));
    const body = method === 'HEAD' ? undefined : 'body';
    const headers = { 'content-type': 'text/css', 'content-language': 'en' };
    const response = await fetch(`${world.api.origin}/go`, { method, headers, ...(body && { body }) });
    expect(response.status).toBe(200);
    const last = world.api.requests.at(-1) as SiteRequest;
    const isKept = next === method && body !== undefined;
    expect([last.method, last.body]).toEqual([next, isKept ? 'body' : '']);
    if (body) {
      expect([last.headers['content-type'], last.headers['content-language']]).toEqual(
        isKept ? ['text/css', 'en'] : [undefined, undefined],
      );
    }
  });

  it('is given to a caller who wants to follow it, and an error to one who wants none', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', to('/me'));
    const response = await fetch(`${world.api.origin}/go`, { redirect: 'manual' });
    expect([response.status, response.headers.get('location'), response.redirected]).toEqual([
      302,
      '/me',
      false,
    ]);
    expect(await failureOf(() => fetch(`${world.api.origin}/go`, { redirect: 'error' }))).toBeInstanceOf(
      TypeError,
    );
    expect(world.api.asked).toEqual(['/go']);
  });

  it('without a `Location` is given to the caller', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', answer(302));
    expect((await fetch(`${world.api.origin}/go`)).status).toBe(302);
    const failure = await failureOf(() => fetch(`${world.api.origin}/go`, { redirect: 'error' }));
    expect(failure).toBeInstanceOf(TypeError);
  });

  it.each(['ftp://example.com/', 'http://ada:secret@example.com/', 'http://'])(
    'to %s is an error, as with `fetch`',
    async (location) => {
      const { fetch } = await world.caller();
      world.api.pages.set('/go', to(location));
      expect(await failureOf(() => fetch(`${world.api.origin}/go`))).toBeInstanceOf(TypeError);
    },
  );

  it('is followed twenty times, and not once more', async () => {
    const { fetch } = await world.caller();
    for (let step = 1; step <= 21; step += 1) world.api.pages.set(`/${step}`, to(`/${step - 1}`));
    world.api.pages.set('/0', {});
    expect((await fetch(`${world.api.origin}/20`)).status).toBe(200);
    world.api.requests.length = 0;
    expect(await failureOf(() => fetch(`${world.api.origin}/21`))).toBeInstanceOf(TypeError);
    expect(world.api.requests).toHaveLength(21);
  });

  it('leads to an address that the server wrote in UTF-8', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', (response) => {
      response.socket?.end('HTTP/1.1 302 Found\r\nlocation: /caf\u00e9\r\ncontent-length: 0\r\n\r\n');
    });
    world.api.pages.set('/caf%C3%A9', {});
    expect((await fetch(`${world.api.origin}/go`)).status).toBe(200);
  });

  it('from https to http takes no token along, nor does any after it', async () => {
    const sent: [string, string | null][] = [];
    const pages: Record<string, string> = {
      'https://safe.test/a': 'http://clear.test/b',
      'http://clear.test/b': 'http://clear.test/c',
      'http://clear.test/c': 'https://safe.test/d',
    };
    const fetch = async (url: string, init: RequestInit) => {
      sent.push([url, new Headers(init.headers).get('authorization')]);
      const location = pages[url];
      return new Response(null, location === undefined ? {} : { status: 302, headers: { location } });
    };
    const origins = ['https://safe.test', 'http://clear.test'];
    const trustedOrigins = { 'http://clear.test': ['atlassian'], 'https://safe.test': ['atlassian'] };
    const connections = world.connections({ fetch, trustedOrigins });
    const { id, grant } = await world.host.user(connections, HOUR_MS);
    const call = connections.fetchFor(id, 'atlassian', { origins });
    const bearer = `Bearer ${grant.accessToken}`;
    await call('https://safe.test/a');
    expect(sent).toEqual([
      ['https://safe.test/a', bearer],
      ['http://clear.test/b', null],
      ['http://clear.test/c', null],
      ['https://safe.test/d', null],
    ]);
    sent.length = 0;
    // Declared as http, and never on https before: the operator's word.
    await call('http://clear.test/b');
    expect(sent.map(([, authorization]) => authorization)).toEqual([bearer, bearer, bearer]);
  });
});
