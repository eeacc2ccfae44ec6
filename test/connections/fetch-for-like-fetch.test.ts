/** One request, sent with `fetch` and with that of `fetchFor`: the server sees the same, and the caller gets the same. */
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sendRequest } from '../../src/oauth/request';
import { ApiWorld } from '../setup/api-world';
import type { Site, SiteRequest } from '../setup/site';

const world = new ApiWorld('sqlite');

/** Public, and answered by the site beside the API. */
const FOREIGN = 'https://foreign.example';

const TEXT = 'what is answered';
const RIGHT = 'sha256-92hp0KASL2FuNUBnurwN71VFfsCG7bWidGTEyq1OLIM=';

const bodies: Readonly<Record<string, () => unknown>> = {
  none: () => undefined,
  null: () => null,
  'an empty text': () => '',
  'a text': () => 'é',
  'a number': () => 5,
  bytes: () => Buffer.from('bytes'),
  'a Blob': () => new Blob(['blob'], { type: 'text/css' }),
  URLSearchParams: () => new URLSearchParams({ a: 'b c' }),
  FormData: () => {
    const form = new FormData();
    form.set('file', new Blob(['content']), 'a.css');
    return form;
  },
  'a stream': () => new Blob(['of a stream']).stream(),
  'an async generator': () =>
    (async function* () {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    })(),
};
const pairs = (): [string, string][] => [
  ['X-One', 'a'],
  ['x-one', 'b'],
  ['content-type', 'text/css'],
  ['cookie', 'a=b'],
];
const headers: Readonly<Record<string, () => unknown>> = {
  none: () => undefined,
  'an object': () => ({ 'X-One': 'é', 'x-number': 5, accept: 'text/css' }),
  pairs,
  Headers: () => new Headers(pairs()),
  'a Map': () => new Map(pairs()),
  'a generator': () => pairs().values(),
  'a name that is none': () => ({ 'a b': 'c' }),
  'a value beyond bytes': () => ({ 'x-one': '€' }),
  'a pair of three': () => [['a', 'b', 'c']],
};

interface Case {
  readonly form: 'text' | 'URL' | 'Request' | 'URL and Request';
  readonly path: string;
  readonly method: string | undefined;
  readonly headers: string;
  readonly body: string;
  readonly redirect: string | undefined;
  readonly integrity: string | undefined;
  readonly duplex: 'half' | undefined;
  readonly isAborted: boolean;
  readonly status: number;
  readonly location: string | undefined;
  readonly isPacked: boolean;
}

const some = <T>(...values: T[]) => fc.constantFrom(...values);
const mostly = <T>(usual: T, ...others: T[]) =>
  fc.oneof({ weight: 4, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: some(...others) });
const cases: fc.Arbitrary<Case> = fc
  .record<Case>({
    form: some('text', 'URL', 'Request', 'URL and Request'),
    path: mostly('/go', '/go?a=b c#d', '/g%6f', '/\u00fc', '/a/../go'),
    method: some(
      undefined,
      'get',
      'HEAD',
      'post',
      'POST',
      'PUT',
      'Delete',
      'PATCH',
      'PROPFIND',
      'TRACE',
      'a b',
    ),
    headers: some(...Object.keys(headers)),
    body: some('none', ...Object.keys(bodies)),
    redirect: mostly<string | undefined>(undefined, 'follow', 'manual', 'error', 'foo'),
    integrity: mostly<string | undefined>(undefined, RIGHT, 'sha256-xMD5', 'md5-x', `sha512-x ${RIGHT}`),
    duplex: mostly<'half' | undefined>('half', undefined),
    isAborted: mostly(false, true),
    status: some(200, 201, 204, 301, 302, 303, 304, 307, 308, 404, 500),
    location: mostly<string | undefined>(
      '/next',
      undefined,
      '',
      'next#part',
      '?again',
      'http://[',
      'ftp://a.b/',
      'http://ada:secret@a.b/',
    ),
    isPacked: fc.boolean(),
  })
  .filter(({ form, body, status, isAborted }) => {
    // In Node.js 24 the `fetch` that cancels these ends the process.
    if (isAborted && (body === 'FormData' || body === 'an async generator')) return false;
    // Here the body of a `Request` is read, and sent with its length; a redirect that drops a stream is followed.
    if (form === 'URL and Request') return body === 'none' || body === 'null';
    // Node's `fetch` does not repeat bytes.
    if (body === 'bytes' && status > 300 && status < 309) return false;
    const isStream = body === 'a stream' || body === 'an async generator';
    return !isStream || (form !== 'Request' && status !== 301 && status !== 302);
  });

function answerAs({ status, location, isPacked }: Case, site: Site): void {
  const hasNoBody = status === 204 || status === 304;
  const body = isPacked ? gzipSync(TEXT) : TEXT;
  const coding = isPacked && !hasNoBody ? { 'content-encoding': 'gzip' } : {};
  const isRedirect = status > 300 && status < 309 && status !== 304;
  const go = site.pages;
  go.clear();
  site.requests.length = 0;
  const paths = ['/go', '/g%6f', '/%C3%BC'];
  for (const path of paths) {
    go.set(path, (response, request) => {
      const isAgain = request.path.endsWith('?again');
      const to = isRedirect && location !== undefined && !isAgain ? { location } : {};
      const answered = isAgain ? 200 : status;
      response.writeHead(answered, { ...coding, ...to }).end(hasNoBody ? undefined : body);
    });
  }
  go.set('/next', (response) => void response.writeHead(200, coding).end(isPacked ? gzipSync(TEXT) : TEXT));
}

async function send(call: typeof fetch, origin: string, one: Case): Promise<Response> {
  const { method, redirect, integrity, duplex, isAborted } = one;
  const body = bodies[one.body]?.();
  const init = {
    ...(method !== undefined && { method }),
    ...(redirect !== undefined && { redirect }),
    ...(integrity !== undefined && { integrity }),
    ...(duplex !== undefined && { duplex }),
    ...(body !== undefined && { body }),
    ...(isAborted && { signal: AbortSignal.abort('enough') }),
    headers: headers[one.headers]?.(),
  } as RequestInit;
  const url = origin + one.path;
  if (one.form === 'text') return call(url, init);
  if (one.form === 'URL') return call(new URL(url), init);
  return one.form === 'Request'
    ? call(new Request(url, init))
    : call(url, new Request('http://elsewhere.test', init));
}

/** What only browsers need, what names the program, and what an own connection to each server makes different. */
const IGNORED = new Set(
  'authorization host connection accept-language accept-encoding sec-fetch-mode user-agent date keep-alive'.split(
    ' ',
  ),
);
const telling = (pairs_: Iterable<[string, unknown]>) =>
  Object.fromEntries([...pairs_].filter(([name]) => !IGNORED.has(name)));

const withoutBoundary = (text: string) => text.replace(/formdata-undici-\d+/g, 'boundary');

const seenOf = ({ method, path, headers: sent, body }: SiteRequest) =>
  JSON.parse(withoutBoundary(JSON.stringify({ method, path, headers: telling(Object.entries(sent)), body })));

async function outcomeOf(call: typeof fetch, origin: string, one: Case, site: Site) {
  answerAs(one, site);
  let got: unknown;
  try {
    const response = await send(call, origin, one);
    const { status, statusText, url, redirected, body } = response;
    got = {
      status,
      statusText,
      redirected,
      url: url.replace(origin, ''),
      headers: telling(response.headers),
      hasBody: body !== null,
      text: await response.text(),
    };
  } catch (error) {
    const isRefusal = error instanceof TypeError || Object(error).code === 'body_not_replayable';
    got = { error: isRefusal ? 'TypeError' : error };
  }
  return { got, seen: site.requests.map(seenOf) };
}

describe('`fetchFor` does what `fetch` does', () => {
  const discoveryFetch = (url: string, init: RequestInit) =>
    sendRequest(new URL(url.replace(FOREIGN, world.other.origin)), init, (_host, _options, done) =>
      done(new Error('not needed'), '', 0),
    );

  it('at the API, and at a server that gets no token', { tags: ['long'] }, async () => {
    const { fetch: call } = await world.caller(world.connections({ discoveryFetch }));
    const met = new Set<unknown>();
    await fc.assert(
      fc.asyncProperty(cases, async (one) => {
        const expected = await outcomeOf(globalThis.fetch, world.api.origin, one, world.api);
        expect(await outcomeOf(call, world.api.origin, one, world.api)).toEqual(expected);
        expect(await outcomeOf(call, FOREIGN, one, world.other)).toEqual(expected);
        const { status, redirected, error } = Object(expected.got);
        met.add(error ?? (redirected === true ? 'redirected' : status));
      }),
      { numRuns: 400 },
    );
    expect([...met]).toEqual(
      expect.arrayContaining(['TypeError', 'enough', 'redirected', 200, 204, 304, 404]),
    );
  });
});
