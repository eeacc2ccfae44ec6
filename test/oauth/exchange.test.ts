import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { ConnectionsError } from '../../src/errors';
import type { Fetch } from '../../src/oauth/exchange';
import { exchange, exchangeHead } from '../../src/oauth/exchange';

const url = 'https://auth.example.com/';
const asked = (fetch: unknown, deadline?: number, timeoutMs = 5_000) =>
  exchange(url, {}, { fetch: fetch as Fetch, timeoutMs, deadline });
const never = () => new Promise<never>(() => undefined);

/** A body that gives one chunk at each read, and tells when it is cancelled. */
function endless(chunk: unknown) {
  let reads = 0;
  let cancel = () => {};
  const cancelled = new Promise<void>((resolve) => {
    cancel = resolve;
  });
  const body = new ReadableStream({
    pull(controller) {
      reads += 1;
      controller.enqueue(chunk);
    },
    cancel: () => cancel(),
  });
  return { body, cancelled, reads: () => reads };
}

describe('The deadline of an exchange', () => {
  it('is none unless it is given', async () => {
    expect(await asked(async () => new Response('{}'))).toMatchObject({ status: 200, body: '{}' });
  });

  it('leaves time for a request until it has passed, and then sends none', async () => {
    let requests = 0;
    const fetch = async () => {
      requests += 1;
      return new Response('{}');
    };
    expect(await asked(fetch, performance.now() + 60_000)).toMatchObject({ body: '{}' });
    expect(await asked(fetch, performance.now())).toBeNull();
    expect(await asked(fetch, performance.now() - 60_000)).toBeNull();
    expect(requests).toBe(1);
  });

  it.each([
    ['the deadline', performance.now() + 10_000_000, 20],
    ['the time of one exchange', undefined, 20],
  ])('ends a request no later than %s', async (_what, deadline, timeoutMs) => {
    expect(await asked(never, deadline, timeoutMs)).toBeNull();
  });

  it('ends a request when it passes, however long one exchange may take', async () => {
    let signal: AbortSignal | null | undefined;
    const fetch: Fetch = (_url, init) => {
      signal = init.signal;
      return never();
    };
    expect(await asked(fetch, performance.now() + 20, 10_000_000)).toBeNull();
    expect(signal?.aborted).toBe(true);
  });
});

describe('A fetch of the host’s', () => {
  it.each<[string, unknown]>([
    [
      'throws at once',
      () => {
        throw new TypeError('no');
      },
    ],
    ['rejects', async () => Promise.reject(new Error('no'))],
    ['rejects with nothing', async () => Promise.reject<Response>(undefined)],
    ['is none', undefined],
    ['returns nothing', () => undefined],
    ['returns null', async () => null],
    ['returns text', async () => '{}'],
    ['returns an object', async () => ({})],
    ['returns no headers', async () => ({ status: 200, body: null })],
    ['returns headers of another kind', async () => ({ status: 200, headers: {}, body: null })],
    ['returns no status', async () => ({ headers: new Headers(), body: null })],
    ['returns text as its body', async () => ({ status: 200, headers: new Headers(), body: '{}' })],
    ['gives chunks of text', async () => ({ status: 200, headers: new Headers(), body: endless('x').body })],
  ])('that %s gives no answer', async (_what, fetch) => {
    expect(await asked(fetch)).toBeNull();
  });

  it('may refuse an address', async () => {
    const refused = new ConnectionsError('address_refused', 'm');
    await expect(asked(async () => Promise.reject(refused))).rejects.toBe(refused);
  });

  it('gives no answer when its body is too large, whatever its length is said to be, and the body is let go of', async () => {
    const { body, cancelled, reads } = endless(new Uint8Array(300_000));
    const headers = { 'content-length': '20', 'content-encoding': 'gzip' };
    expect(await asked(async () => new Response(body, { headers }))).toBeNull();
    await cancelled;
    expect(reads()).toBeLessThan(7);
  });

  it('may give its body in chunks of any size', async () => {
    const text = 'é'.repeat(5_000) + 'x'.repeat(100_000);
    const bytes = Buffer.from(text);
    for (const size of [1, 2, 7, 4_096, bytes.length]) {
      let at = 0;
      const body = new ReadableStream({
        pull(controller) {
          if (at >= bytes.length) return controller.close();
          controller.enqueue(new Uint8Array(bytes.subarray(at, at + size)));
          at += size;
        },
      });
      expect((await asked(async () => new Response(body)))?.body === text).toBe(true);
    }
  });

  it.each<[string, number[], string]>([
    ['loses a byte order mark at its start', [0xef, 0xbb, 0xbf, 0x7b, 0x7d], '{}'],
    ['keeps one anywhere else', [0x7b, 0xef, 0xbb, 0xbf, 0x7d], '{\uFEFF}'],
    ['has a mark for what is not UTF-8', [0x7b, 0xff, 0x7d], '{\uFFFD}'],
  ])('gives a body that %s', async (_what, bytes, text) => {
    expect(await asked(async () => new Response(new Uint8Array(bytes)))).toMatchObject({ body: text });
  });

  it('gets the headers of the request, and the name and version of this package', async () => {
    let headers: RequestInit['headers'];
    const fetch: Fetch = async (_url, init) => {
      headers = init.headers;
      return new Response('{}');
    };
    const init = { headers: { Accept: 'application/json', 'User-Agent': 'of a library' } };
    await exchange(url, init, { fetch, timeoutMs: 5_000 });
    expect(headers).toEqual({ accept: 'application/json', 'user-agent': `mcp-connections/${version}` });
  });

  it('that ignores its signal has its body let go of when the time is over', async () => {
    let cancel = () => {};
    const cancelled = new Promise<void>((resolve) => {
      cancel = resolve;
    });
    const body = new ReadableStream({ pull: never, cancel: () => cancel() });
    expect(await asked(async () => new Response(body), undefined, 20)).toBeNull();
    await cancelled;
  });

  it('that gives no status has its body let go of', async () => {
    const { body, cancelled } = endless(new Uint8Array(300_000));
    expect(await asked(async () => ({ headers: new Headers(), body }))).toBeNull();
    await cancelled;
  });

  it('has its signal aborted when the answer is there, so that nothing of the exchange goes on', async () => {
    let signal: AbortSignal | null | undefined;
    const fetch: Fetch = async (_url, init) => {
      signal = init.signal;
      return new Response(null, { status: 205 });
    };
    expect(await asked(fetch)).toMatchObject({ status: 205, body: '' });
    expect(signal?.aborted).toBe(true);
  });

  it('that answers after the time is over has its body let go of', async () => {
    const { body, cancelled } = endless(new Uint8Array(1));
    let answer = (_response: Response) => {};
    const late = new Promise<Response>((resolve) => {
      answer = resolve;
    });
    expect(await asked(() => late, undefined, 20)).toBeNull();
    answer(new Response(body));
    await cancelled;
  });
});

describe('A body that is not wanted', () => {
  const head = (fetch: unknown, timeoutMs = 5_000) =>
    exchangeHead(url, {}, { fetch: fetch as Fetch, timeoutMs });

  it('is not read, and let go of', async () => {
    const { body, cancelled, reads } = endless(new Uint8Array(1));
    const answer = await head(async () => new Response(body, { status: 401, headers: { 'x-a': 'b' } }));
    expect([answer?.status, answer?.headers.get('x-a')]).toEqual([401, 'b']);
    await cancelled;
    expect(reads()).toBeLessThan(2);
  });

  it('is not waited for when it cannot be let go of', async () => {
    const body = new ReadableStream({ cancel: never });
    expect(await head(async () => new Response(body))).toMatchObject({ status: 200 });
    const failing = new ReadableStream({ cancel: () => Promise.reject(new Error('no')) });
    expect(await head(async () => new Response(failing))).toMatchObject({ status: 200 });
  });

  it('is let go of when it comes after the time is over', async () => {
    const { body, cancelled } = endless(new Uint8Array(1));
    let answer = (_response: Response) => {};
    const late = new Promise<Response>((resolve) => {
      answer = resolve;
    });
    expect(await head(() => late, 20)).toBeNull();
    answer(new Response(body));
    await cancelled;
  });
});

it('An answer of a `fetch` whose stream cannot be cancelled is read, and nothing is thrown when the exchange ends', async () => {
  const chunks = [Buffer.from('{}')];
  const reader = {
    read: async () => ({ done: chunks.length === 0, value: chunks.pop() }),
  };
  const answer = { status: 200, headers: new Headers(), body: { getReader: () => reader } };
  const thrown: unknown[] = [];
  const listener = (error: unknown) => void thrown.push(error);
  process.on('uncaughtException', listener);
  try {
    expect(await asked(async () => answer)).toMatchObject({ status: 200, body: '{}' });
    expect(
      await exchangeHead(url, {}, { fetch: (async () => answer) as never, timeoutMs: 5_000 }),
    ).not.toBeNull();
    await new Promise((resolve) => void setImmediate(resolve));
  } finally {
    process.off('uncaughtException', listener);
  }
  expect(thrown).toEqual([]);
});
