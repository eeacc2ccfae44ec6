import { afterEach, describe, expect, it, vi } from 'vitest';
import type { DocumentAccess } from '../../src/oauth/documents';
import { Documents } from '../../src/oauth/documents';

const ISSUER = 'https://auth.example.com';

/** A web of documents, and who asked for which. */
function world(answerOf: (url: string) => Response | undefined) {
  const requests: { readonly url: string; readonly by: 'exchange' | 'guarded' }[] = [];
  const through = (by: 'exchange' | 'guarded') => ({
    timeoutMs: 5_000,
    fetch: async (url: string) => {
      requests.push({ url, by });
      return answerOf(url) ?? new Response('', { status: 404 });
    },
  });
  const documents = new Documents();
  const access = (connectionName: string, more: Partial<DocumentAccess> = {}): DocumentAccess => ({
    exchange: through('exchange'),
    guarded: through('guarded'),
    trusted: new Set(),
    connectionName,
    ...more,
  });
  return { documents, requests, access };
}

const json = (value: unknown, headers = {}) => new Response(JSON.stringify(value), { headers });
const at = (path: string) => new URL(path, ISSUER);

describe('A document', () => {
  it('is fetched once for a connection, and once more for another', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER, x: 1 }));
    const found = { kind: 'document', document: { issuer: ISSUER } };
    expect(await documents.get(at('/m'), access('a'))).toEqual({ ...found, isCached: false });
    expect(await documents.get(at('/m'), access('a'))).toEqual({ ...found, isCached: true });
    expect(await documents.get(at('/m'), access('b'))).toEqual({ ...found, isCached: false });
    expect(requests).toHaveLength(2);
  });

  it('of one connection is not pushed out by those that another has fetched', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER }));
    await documents.get(at('/m'), access('quiet'));
    for (let index = 0; index < 200; index += 1) await documents.get(at(`/${index}`), access('loud'));
    expect(await documents.get(at('/m'), access('quiet'))).toMatchObject({ isCached: true });
    expect(requests).toHaveLength(201);
  });

  it('takes up no more memory than its fields, however large it is', async () => {
    const x = 'x'.repeat(900_000);
    const { documents, access } = world((url) => json({ issuer: ISSUER, token_endpoint: url, x }));
    for (let index = 0; index < 20; index += 1) await documents.get(at(`/${index}`), access('a'));
    expect(documents.cache.bytes).toBeLessThan(20_000);
  });

  it('whose fields are too large counts as absent, and is not asked for again at once', async () => {
    const { documents, requests, access } = world(() => json({ issuer: 'x'.repeat(70_000) }));
    const absent = { kind: 'absent', status: 200 };
    expect(await documents.get(at('/m'), access('a'))).toEqual(absent);
    expect(await documents.get(at('/m'), access('a'))).toEqual(absent);
    expect(requests).toHaveLength(1);
    expect(documents.cache.bytes).toBeLessThan(1_000);
  });

  it('is requested through the guard, unless its origin is trusted', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER }));
    await documents.get(at('/m'), access('a'));
    await documents.get(at('/m'), access('b', { trusted: new Set([ISSUER]) }));
    expect(requests.map(({ by }) => by)).toEqual(['guarded', 'exchange']);
  });

  it('at a redirect is requested through the guard, unless that origin is trusted', async () => {
    const { documents, requests, access } = world((url) =>
      url === `${ISSUER}/m`
        ? new Response(null, { status: 302, headers: { location: 'https://other.example/m' } })
        : json({ issuer: ISSUER }),
    );
    const trusted = new Set([ISSUER]);
    expect(await documents.get(at('/m'), access('a', { trusted }))).toMatchObject({ kind: 'document' });
    expect(requests).toEqual([
      { url: `${ISSUER}/m`, by: 'exchange' },
      { url: 'https://other.example/m', by: 'guarded' },
    ]);
  });

  it('is not requested at an address of more than 2,048 characters, given or redirected to', async () => {
    const long = `/${'x'.repeat(2_048)}`;
    const { documents, requests, access } = world(
      () => new Response(null, { status: 302, headers: { location: long } }),
    );
    expect(await documents.get(at(long), access('a'))).toEqual({ kind: 'absent', status: null });
    expect(requests).toEqual([]);
    expect(await documents.get(at('/m'), access('a'))).toEqual({ kind: 'absent', status: 302 });
    expect(requests).toHaveLength(1);
  });

  it('is not requested at all when there is no time left', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER }));
    const { guarded, ...rest } = access('a');
    const over = { ...rest, guarded: { ...guarded, deadline: performance.now() } };
    expect(await documents.get(at('/m'), over)).toEqual({ kind: 'unreachable', status: null });
    expect(requests).toEqual([]);
  });

  it('is fetched anew for a caller who wants a fresh one, unless its server is out', async () => {
    let status = 200;
    const { documents, requests, access } = world(() => new Response('{}', { status }));
    const fresh = () => access('a', { freshSince: performance.now() });
    await documents.get(at('/m'), access('a'));
    expect(await documents.get(at('/m'), fresh())).toMatchObject({ kind: 'document', isCached: false });
    status = 503;
    expect(await documents.get(at('/m'), fresh())).toMatchObject({ kind: 'document', isCached: true });
    expect(await documents.get(at('/n'), fresh())).toEqual({ kind: 'unreachable', status });
    expect(requests).toHaveLength(4);
  });

  it('is fetched once for callers who began before it was asked for, however late they come', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER }));
    const began = access('a', { freshSince: performance.now() });
    await documents.get(at('/m'), began);
    expect(await documents.get(at('/m'), began)).toMatchObject({ kind: 'document', isCached: true });
    expect(requests).toHaveLength(1);
  });

  it.each<[number, string, string]>([
    [403, '<h1>Blocked</h1>', 'document'],
    [200, '<h1>Blocked</h1>', 'document'],
    [404, '', 'absent'],
    [410, '', 'absent'],
  ])('stays for a day after its end where the answer is %d %j by then: %s', async (status, page, kind) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      let answer = () => json({ issuer: ISSUER });
      const { documents, access } = world(() => answer());
      const get = async (isFresh: boolean) =>
        (await documents.get(at('/m'), access('a', { freshSince: isFresh ? performance.now() : undefined })))
          .kind;
      await get(false);
      answer = () => new Response(page, { status });
      expect(await get(true)).toBe('absent');
      expect(await get(false)).toBe(kind);
      // An hour, for which it was valid, and a day.
      vi.setSystemTime(Date.now() + 25 * 3_600_000 - 1);
      expect(await get(false)).toBe(kind);
      vi.setSystemTime(Date.now() + 1);
      expect(await get(false)).toBe('absent');
    } finally {
      vi.useRealTimers();
    }
  });

  it('is requested once by callers of one connection who want it at the same time', async () => {
    const { documents, requests, access } = world(() => json({ issuer: ISSUER }));
    const names = ['a', 'a', 'a', 'b'];
    const found = await Promise.all(names.map((name) => documents.get(at('/m'), access(name))));
    expect(found.map(({ kind }) => kind)).toEqual(names.map(() => 'document'));
    expect(requests).toHaveLength(2);
  });
});

describe('A request that is shared', () => {
  const REQUEST_MS = 10_000;
  afterEach(() => void vi.useRealTimers());

  /** Callers of one connection, each with so many milliseconds until its deadline, who ask for one document in turn. */
  function callers(answerOf: (request: number) => Promise<Response>) {
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
    const documents = new Documents();
    let requests = 0;
    const fetch = () => answerOf((requests += 1));
    const ask = (leftMs: number | null) => {
      const deadline = leftMs === null ? undefined : performance.now() + leftMs;
      const how = { fetch, timeoutMs: REQUEST_MS, deadline };
      return documents
        .get(at('/m'), { exchange: how, guarded: how, trusted: new Set(), connectionName: 'a' })
        .then(({ kind }) => kind);
    };
    return { ask, requests: () => requests };
  }
  const never = () => new Promise<never>(() => undefined);

  it('and ended with the time of the first caller is made again, once, by those with more time', async () => {
    const { ask, requests } = callers((request) =>
      request === 1 ? never() : Promise.resolve(json({ issuer: ISSUER })),
    );
    const found = Promise.all([ask(50), ask(5_000), ask(60_000), ask(null), ask(50), ask(20)]);
    await vi.advanceTimersByTimeAsync(50);
    const late = 'unreachable';
    expect(await found).toEqual([late, 'document', 'document', 'document', late, late]);
    expect(requests()).toBe(2);
  });

  it('is waited for by a caller with less time only as long as that lasts', async () => {
    const { ask, requests } = callers(never);
    const patient = ask(60_000);
    const hurried = ask(50);
    await vi.advanceTimersByTimeAsync(50);
    expect(await hurried).toBe('unreachable');
    await vi.advanceTimersByTimeAsync(REQUEST_MS);
    expect(await patient).toBe('unreachable');
    expect(requests()).toBe(1);
  });

  it('is made once by each caller at most, where no request is answered', async () => {
    const { ask, requests } = callers(never);
    const found = Promise.all([ask(50), ask(100), ask(150), ask(100)]);
    await vi.advanceTimersByTimeAsync(150);
    expect(await found).toEqual(['unreachable', 'unreachable', 'unreachable', 'unreachable']);
    expect(requests()).toBe(3);
  });

  it.each<[string, number, () => Promise<Response>]>([
    ['had the whole time of a request', 50_000, never],
    ['was answered in time', 50, async () => new Response('', { status: 503 })],
  ])('is not made again when it %s', async (_what, leftMs, answerOf) => {
    const { ask, requests } = callers(answerOf);
    const found = Promise.all([ask(leftMs), ask(60_000), ask(null)]);
    await vi.advanceTimersByTimeAsync(REQUEST_MS);
    expect(await found).toEqual(['unreachable', 'unreachable', 'unreachable']);
    expect(requests()).toBe(1);
  });
});
