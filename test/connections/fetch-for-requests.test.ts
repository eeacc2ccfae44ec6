/** What `fetchFor` takes and gives is what `fetch` takes and gives: bodies, `Request` objects, streams and signals. */
import { setImmediate as turn } from 'node:timers/promises';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { ApiWorld, authorizations } from '../setup/api-world';
import { codeOf, failureOf } from '../setup/code-of';
import { HOUR_MS } from '../setup/connected';

const world = new ApiWorld('sqlite');

/** A caller whose token the API refuses. */
async function refused() {
  const caller = await world.caller();
  await world.host.server.forget(caller.token);
  return caller;
}
const form = () => {
  const data = new FormData();
  data.set('field', 'value');
  data.set('file', new Blob(['content'], { type: 'text/css' }), 'a.css');
  return data;
};
/** To the authorization server. */
const send = globalThis.fetch;
const stream = () => new Blob(['of a stream']).stream();

describe('A request that is refused', () => {
  it.each<[string, () => NonNullable<RequestInit['body']>, string | RegExp, string | RegExp | undefined]>([
    ['a text', () => 'text', 'text', 'text/plain;charset=UTF-8'],
    ['bytes', () => Buffer.from('bytes'), 'bytes', undefined],
    ['an ArrayBuffer', () => new TextEncoder().encode('array').buffer, 'array', undefined],
    ['a Blob', () => new Blob(['blob'], { type: 'text/css' }), 'blob', 'text/css'],
    [
      'URLSearchParams',
      () => new URLSearchParams({ a: 'b c' }),
      'a=b+c',
      'application/x-www-form-urlencoded;charset=UTF-8',
    ],
    ['FormData', form, /name="field"\r\n\r\nvalue\r\n[^]*content/, /^multipart\/form-data; boundary=/],
  ])('is sent again with %s', async (_what, body, expected, type) => {
    const { fetch } = await refused();
    expect((await fetch(world.url, { method: 'POST', body: body() })).status).toBe(200);
    const sent = world.api.requests.map(({ body: text, headers }) => [text, headers['content-type']]);
    expect(sent).toHaveLength(2);
    for (const [text, contentType] of sent) {
      expect(text).toMatch(expected);
      if (type === undefined) expect(contentType).toBeUndefined();
      else expect(contentType).toMatch(type);
    }
    expect(world.api.requests.every(({ headers }) => headers['content-length'] !== undefined)).toBe(true);
  });

  it.each(['GET', 'HEAD', 'DELETE'])('is sent again without a body: %s', async (method) => {
    const { fetch } = await refused();
    expect((await fetch(world.url, { method })).status).toBe(200);
    expect(world.api.requests.map((one) => [one.method, one.body])).toEqual([
      [method, ''],
      [method, ''],
    ]);
  });

  it('with a stream is not sent again: the token is refreshed, for a call with another stream', async () => {
    const { fetch } = await refused();
    const before = world.host.server.refreshes;
    const call = () => fetch(world.url, { method: 'POST', body: stream(), duplex: 'half' });
    expect(await codeOf(call())).toBe('body_not_replayable');
    expect([world.host.server.refreshes - before, world.api.requests.length]).toEqual([1, 1]);
    expect(await (await call()).json()).toEqual({ method: 'POST', body: 'of a stream' });
  });

  it.each([
    ['a 401', 401, {}],
    ['a 403', 403, { 'www-authenticate': 'Bearer error="insufficient_scope"' }],
    ['a redirect', 302, { location: '/me' }],
  ])('reads no more of %s, whose body may have no end', async (_what, status, headers) => {
    let hasEnded = false;
    const endless = new ReadableStream({
      cancel: () => {
        hasEnded = true;
      },
    });
    const answers = [new Response(endless, { status, headers }), new Response()];
    const fetch = async () => answers.shift() as Response;
    const connections = world.connections({
      fetch: (url, init) => (url === world.url ? fetch() : send(url, init)),
    });
    const { fetch: call } = await world.caller(connections);
    expect(await codeOf(call(world.url))).toBe(status === 403 ? 'insufficient_scope' : 'fine');
    expect(hasEnded).toBe(true);
  });

  it('with bytes is sent as they were when it was called', async () => {
    const { fetch } = await refused();
    const bytes = Buffer.from('before');
    const answered = fetch(world.url, { method: 'POST', body: bytes });
    bytes.fill('x');
    expect(await (await answered).json()).toEqual({ method: 'POST', body: 'before' });
  });

  it('with a form is sent as it was when it was called', async () => {
    const { fetch } = await refused();
    for (const body of [new URLSearchParams({ a: 'before' }), new FormData()]) {
      body.set('a', 'before');
      const answered = fetch(world.url, { method: 'POST', body });
      body.set('a', 'after');
      const sent = JSON.stringify(await (await answered).json());
      expect([sent.includes('before'), sent.includes('after')]).toEqual([true, false]);
    }
  });
});

describe('A redirect that repeats the body', () => {
  it('is not followed with a stream, and one that drops it is', async () => {
    const { fetch } = await world.caller();
    const redirect = (status: number) => (response: ServerResponse) =>
      void response.writeHead(status, { location: '/me' }).end();
    const call = () => fetch(`${world.api.origin}/go`, { method: 'POST', body: stream(), duplex: 'half' });
    world.api.pages.set('/go', redirect(307));
    expect(await codeOf(call())).toBe('body_not_replayable');
    expect(world.api.asked).toEqual(['/go']);
    world.api.pages.set('/go', redirect(303));
    expect(await (await call()).json()).toEqual({ method: 'GET', body: '' });
  });
});

describe('A `Request`', () => {
  it('is sent with all that it has, again after a 401, and its length is known', async () => {
    const { fetch, token } = await refused();
    const request = new Request(world.url, {
      method: 'PUT',
      headers: { 'x-more': 'a', authorization: 'Basic mine' },
      body: new URLSearchParams({ a: 'b' }),
    });
    expect(await (await fetch(request)).json()).toEqual({ method: 'PUT', body: 'a=b' });
    expect(request.bodyUsed).toBe(true);
    expect(world.api.requests).toHaveLength(2);
    for (const { headers } of world.api.requests) {
      expect(headers).toMatchObject({
        'x-more': 'a',
        'content-type': 'application/x-www-form-urlencoded;charset=UTF-8',
        'content-length': '3',
      });
    }
    expect(authorizations(world.api)[0]).toBe(`Bearer ${token}`);
  });

  it('counts less than what is given besides it', async () => {
    const { fetch } = await world.caller();
    const request = new Request(world.url, { method: 'PUT', headers: { 'x-more': 'a' }, body: 'a' });
    const response = await fetch(request, { method: 'POST', body: 'b', headers: { 'x-more': 'b' } });
    expect(await response.json()).toEqual({ method: 'POST', body: 'b' });
    expect(world.api.requests[0]?.headers['x-more']).toBe('b');
  });

  it('may be given as what goes with a URL', async () => {
    const { fetch } = await world.caller();
    const response = await fetch(
      new URL(world.url),
      new Request('http://a.test', { method: 'POST', body: 'a' }),
    );
    expect(await response.json()).toEqual({ method: 'POST', body: 'a' });
  });

  it('says how redirects are followed', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/go', (response) => void response.writeHead(302, { location: '/me' }).end());
    const request = new Request(`${world.api.origin}/go`, { redirect: 'manual' });
    expect((await fetch(request)).status).toBe(302);
  });

  it('ends with its signal while its body is read', async () => {
    const { fetch } = await world.caller();
    const abort = new AbortController();
    const body = new ReadableStream({ pull: () => abort.abort('enough') }, { highWaterMark: 0 });
    const { signal } = abort;
    const request = new Request(world.url, { method: 'POST', body, duplex: 'half', signal });
    expect(await failureOf(() => fetch(request))).toBe('enough');
    expect(world.api.requests).toEqual([]);
  });

  it('serves one call if it has a body, and many if it has none, as with `fetch`', async () => {
    const { fetch } = await world.caller();
    for (const call of [send, fetch]) {
      const upload = new Request(world.url, { method: 'POST', body: 'a' });
      const results = await Promise.allSettled([call(upload), call(upload)]);
      expect(results).toMatchObject([{ status: 'fulfilled' }, { reason: expect.any(TypeError) as unknown }]);
      const request = new Request(world.url);
      const responses = await Promise.all([call(request), call(request)]);
      expect(responses.map(({ ok }) => ok)).toEqual(call === send ? [false, false] : [true, true]);
    }
  });

  it('ends with its own signal', async () => {
    const { fetch } = await world.caller();
    world.api.pages.set('/never', () => abort.abort('enough'));
    const abort = new AbortController();
    const request = new Request(`${world.api.origin}/never`, { signal: abort.signal });
    expect(await failureOf(() => fetch(request))).toBe('enough');
  });
});

describe('An address', () => {
  it.each(['/relative', 'data:text/plain,a', 'http://ada:secret@localhost/'])(
    'that cannot be asked is an error, as with `fetch`: %s',
    async (address) => {
      const { fetch } = await world.caller();
      expect(await failureOf(() => fetch(address))).toBeInstanceOf(TypeError);
    },
  );
});

describe('A stream', () => {
  it('is given to the caller as it comes', async () => {
    const { fetch } = await world.caller();
    let events: ServerResponse | undefined;
    world.api.pages.set('/events', (response) => {
      events = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    });
    const response = await fetch(`${world.api.origin}/events`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toBe('data: 1\n\n');
    events?.end('data: 2\n\n');
    expect((await reader?.read())?.value).toBe('data: 2\n\n');
    expect((await reader?.read())?.done).toBe(true);
  });

  it('is sent to the API while it grows', async () => {
    const { fetch } = await world.caller();
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const writer = writable.getWriter();
    const answered = fetch(world.url, { method: 'POST', body: readable, duplex: 'half' });
    for (const part of ['one ', 'two']) await writer.write(Buffer.from(part));
    await writer.close();
    expect(await (await answered).json()).toEqual({ method: 'POST', body: 'one two' });
    expect(world.api.requests[0]?.headers['transfer-encoding']).toBe('chunked');
  });
});

describe('A signal', () => {
  it('may be shared by many calls without a warning of Node', async () => {
    const { fetch } = await world.caller();
    const warnings: Error[] = [];
    const warn = (warning: Error) => warnings.push(warning);
    process.on('warning', warn);
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 30 }, async () => (await fetch(world.url, { signal })).text()));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', warn);
    expect(warnings).toEqual([]);
  });

  it('that is aborted ends the call before anything is asked', async () => {
    const { fetch } = await world.caller();
    expect(await failureOf(() => fetch(world.url, { signal: AbortSignal.abort('enough') }))).toBe('enough');
    expect(world.api.requests).toEqual([]);
  });

  it('ends the wait for a token, and not the refresh', async () => {
    const connections = world.connections();
    const { id } = await world.host.user(connections);
    const abort = new AbortController();
    const refreshed = new Promise((resolve) => connections.on('refreshed', resolve));
    world.host.server.interferences.push(async ({ perform, response }) => {
      abort.abort('enough');
      await turn();
      const { status, body } = await perform();
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
    const call = connections.fetchFor(id, 'atlassian')(world.url, { signal: abort.signal });
    expect(await failureOf(() => call)).toBe('enough');
    await refreshed;
    expect(world.api.requests).toEqual([]);
  });

  it.each(['the API', 'another origin'])('ends a request to %s', async (where) => {
    const { fetch } = await world.caller(world.trusting());
    const site = where === 'the API' ? world.api : world.other;
    const abort = new AbortController();
    const closed = new Promise((resolve) => {
      site.pages.set('/never', (response) => {
        response.on('close', resolve);
        abort.abort('enough');
      });
    });
    expect(await failureOf(() => fetch(`${site.origin}/never`, { signal: abort.signal }))).toBe('enough');
    await closed;
  });

  it('ends a request that a `fetch` of the host goes on with', async () => {
    const abort = new AbortController();
    const never = () => {
      abort.abort('enough');
      return new Promise<Response>(() => undefined);
    };
    const { fetch } = await world.caller(world.connections({ fetch: never }));
    expect(await failureOf(() => fetch(world.url, { signal: abort.signal }))).toBe('enough');
  });

  it('ends an answer that is being read', async () => {
    const { fetch } = await world.caller();
    const abort = new AbortController();
    const closed = new Promise((resolve) => {
      world.api.pages.set('/events', (response) => {
        response.on('close', resolve);
        response.writeHead(200).write('1');
      });
    });
    const response = await fetch(`${world.api.origin}/events`, { signal: abort.signal });
    const read = failureOf(() => response.text());
    abort.abort();
    expect(await read).toMatchObject({ name: 'AbortError' });
    await closed;
  });
});

describe('What else `fetch` takes', () => {
  it('reaches the `fetch` of the host', async () => {
    const given: RequestInit[] = [];
    const fetch = async (_url: string, init: RequestInit) => {
      given.push(init);
      return new Response();
    };
    const connections = world.connections({ fetch });
    const { id } = await world.host.user(connections, HOUR_MS);
    const init = { keepalive: true, priority: 'high' } as RequestInit;
    await connections.fetchFor(id, 'atlassian')(world.url, init);
    await connections.fetchFor(id, 'atlassian')(new Request(world.url, { keepalive: true }));
    expect(given).toMatchObject([
      { keepalive: true, priority: 'high', redirect: 'manual' },
      { keepalive: true },
    ]);
  });

  it('of a `Request` reaches the API, as far as Node.js heeds it', async () => {
    const { fetch } = await world.caller();
    const request = new Request(world.url, {
      cache: 'no-store',
      referrer: 'https://a.test/b',
      referrerPolicy: 'unsafe-url',
    } as RequestInit);
    expect((await fetch(request)).status).toBe(200);
    expect(world.api.requests[0]?.headers).toMatchObject({
      'cache-control': 'no-cache',
      referer: 'https://a.test/b',
    });
  });

  it('and would be refused is refused before a token is looked for', async () => {
    const fetch = world.connections().fetchFor('nobody', 'atlassian');
    for (const init of [
      { body: 'a' },
      { method: 'TRACE' },
      { method: 'POST', body: stream() },
      { redirect: 'foo' },
      { referrerPolicy: 'foo' },
    ]) {
      expect(await failureOf(() => fetch(world.url, init as RequestInit))).toBeInstanceOf(TypeError);
    }
  });

  it('asks for one origin alone, and is led to no other', async () => {
    const { fetch } = await world.caller(world.trusting());
    world.api.pages.set('/go', (response) => {
      response.writeHead(302, { location: world.other.origin }).end();
    });
    const init = { mode: 'same-origin' } as RequestInit;
    const url = `${world.api.origin}/go`;
    for (const call of [() => send(url, init), () => fetch(url, init), () => fetch(new Request(url, init))]) {
      expect(await failureOf(call)).toBeInstanceOf(TypeError);
    }
    expect(world.other.requests).toEqual([]);
  });

  it('may be null, and a redirect mode that `fetch` does not know is an error', async () => {
    const { fetch } = await world.caller();
    expect((await fetch(world.url, null as unknown as RequestInit)).status).toBe(200);
    expect(await failureOf(() => fetch(world.url, { redirect: 'foo' as 'follow' }))).toBeInstanceOf(
      TypeError,
    );
  });
});
