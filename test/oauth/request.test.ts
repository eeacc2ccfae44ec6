/** Answers as bytes, since no HTTP library sends what a hostile server does. */
import type { IncomingHttpHeaders } from 'node:http';
import { ClientRequest, createServer as createHttpServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { RawAnswer } from '../../src/oauth/exchange';
import { exchange } from '../../src/oauth/exchange';
import type { Patience } from '../../src/oauth/request';
import { sendRequest } from '../../src/oauth/request';
import { endsAfter205 } from '../setup/node-fetch';

const HEAD = 'HTTP/1.1 200 OK\r\n';
const WHOLE = `${HEAD}content-length: 2\r\n\r\n{}`;

/** Serves one raw answer; the connection is closed afterwards unless `after` does something else. */
async function served(answer: string | Buffer, after: (socket: Socket) => void = (socket) => socket.end()) {
  const sockets = new Set<Socket>();
  const closed: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    closed.push(new Promise((resolve) => socket.once('close', resolve)));
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(answer, 'latin1', () => after(socket)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/`, whenClosed: () => Promise.all(closed) };
}

/** Writes for as long as the other side reads. */
function pour(socket: Socket, text: string): void {
  socket.write(text, 'latin1', (error) => {
    if (!error) pour(socket, text);
  });
}

const fetch = (url: string, init: RequestInit, patience?: Patience) =>
  sendRequest(new URL(url), init, (_host, _options, done) => done(new Error('not needed'), '', 0), patience);

async function asked(
  answer: string | Buffer,
  after?: (socket: Socket) => void,
  timeoutMs = 5_000,
): Promise<RawAnswer | null> {
  const { url, whenClosed } = await served(answer, after);
  const result = await exchange(url, {}, { fetch, timeoutMs });
  // Whatever is thrown in an event of the connection is thrown before it is closed.
  await whenClosed();
  await new Promise(setImmediate);
  return result;
}

describe('An answer of a hostile server', () => {
  const uncaught: unknown[] = [];
  const note = (error: unknown) => void uncaught.push(error);
  beforeEach(() => {
    uncaught.length = 0;
    process.on('uncaughtException', note).on('unhandledRejection', note);
  });
  afterEach(() => {
    process.off('uncaughtException', note).off('unhandledRejection', note);
    if (uncaught.length > 0) throw new AggregateError(uncaught, 'thrown where nothing catches it');
  });

  it.each<[string, string | Buffer]>([
    ['headers named like properties of objects', 'x'],
    ['informational answers before it', `HTTP/1.1 103 Early\r\n__proto__: x\r\n\r\n`.repeat(5)],
    ['100 Continue before it', 'HTTP/1.1 100 Continue\r\n\r\n'],
  ])('is read with %s', async (_what, before) => {
    const named = '__proto__: x\r\n__proto__: y\r\nconstructor: x\r\nhasOwnProperty: x\r\n';
    const whole = `${HEAD}${named}content-length: 2\r\nretry-after: 7\r\n\r\n{}`;
    const answer = before === 'x' ? whole : before + whole;
    expect(await asked(answer)).toMatchObject({ status: 200, body: '{}', retryAfter: '7' });
  });

  it.each<[string, string]>([
    ['bytes beyond ASCII in a header', `${HEAD}x: \u00ff\u0080\r\ncontent-length: 2\r\n\r\n{}`],
    ['500 headers', `${HEAD}${'x: y\r\n'.repeat(500)}content-length: 2\r\n\r\n{}`],
    [
      'trailers',
      `${HEAD}transfer-encoding: chunked\r\ntrailer: __proto__\r\n\r\n2\r\n{}\r\n0\r\n__proto__: x\r\n__proto__: y\r\n\r\n`,
    ],
    ['more than it announced', `${WHOLE}${'x'.repeat(1_000)}`],
    ['a second answer after it', WHOLE + WHOLE],
    ['no length', `${HEAD}\r\n{}`],
  ])('is read with %s, or counts as none', async (_what, raw) => {
    const answer = await asked(raw);
    expect(answer === null || answer.body === '{}').toBe(true);
  });

  it.each<[string, string]>([
    ['NUL in a header', `${HEAD}x: a\0b\r\n\r\n{}`],
    ['a line break in a header', `${HEAD}x: a\rb\r\n\r\n{}`],
    ['a header name with bytes beyond ASCII', `${HEAD}x\u00e9: a\r\ncontent-length: 2\r\n\r\n{}`],
    ['a header without a name', `${HEAD}: a\r\n\r\n{}`],
    ['2,000 headers of some length', `${HEAD}${`${'x'.repeat(20)}: y\r\n`.repeat(2_000)}\r\n{}`],
    ['status 999', 'HTTP/1.1 999 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['status 600', 'HTTP/1.1 600 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['status 099', 'HTTP/1.1 099 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['status 000', 'HTTP/1.1 000 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['status 20', 'HTTP/1.1 20 What\r\ncontent-length: 2\r\n\r\n{}'],
    ['101 Switching Protocols', 'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\nbytes'],
    ['101 without a protocol', 'HTTP/1.1 101 Switching\r\n\r\nbytes'],
    ['less than it announced', `${HEAD}content-length: 100\r\n\r\n{}`],
    ['two lengths', `${HEAD}content-length: 2\r\ncontent-length: 3\r\n\r\n{}`],
    ['a negative length', `${HEAD}content-length: -2\r\n\r\n{}`],
    ['a huge length', `${HEAD}content-length: 99999999999999999999999\r\n\r\n{}`],
    ['chunks that are none', `${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n`],
    ['a chunk of a huge length', `${HEAD}transfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}`],
    ['a chunk that ends early', `${HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{}`],
    ['no end of its headers', `${HEAD}x: y\r\n`],
    ['another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['nothing', ''],
    ['only informational answers', 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(10_000)],
  ])('counts as none with %s', async (_what, raw) => {
    expect(await asked(raw)).toBeNull();
  });

  it.each<[string, string]>([
    ['before it', ''],
    ['in its headers', `${HEAD}x: `],
    ['after its headers', `${HEAD}content-length: 100\r\n\r\n`],
    ['in its body', `${HEAD}content-length: 100\r\n\r\n{"a":`],
    ['in a chunk', `${HEAD}transfer-encoding: chunked\r\n\r\nff\r\n{"a":`],
  ])('counts as none when the connection is reset %s', async (_where, raw) => {
    expect(await asked(raw, (socket) => void socket.resetAndDestroy())).toBeNull();
  });

  it.each<[string, string]>([
    ['never begins', ''],
    ['stops in its headers', `${HEAD}x: `],
    ['stops in its body', `${HEAD}content-length: 100\r\n\r\n{"a":`],
  ])('counts as none, and its connection is closed, when it %s', async (_what, raw) => {
    expect(await asked(raw, () => undefined, 50)).toBeNull();
  });

  it('counts as none, and its connection is closed, when it has no end', async () => {
    const more = (socket: Socket) => pour(socket, 'x'.repeat(100_000));
    expect(await asked(`${HEAD}\r\n`, more)).toBeNull();
  });

  describe.each<[string, Buffer]>([
    ['gzip', gzipSync(Buffer.alloc(1_000_000))],
    ['gzip, gzip', gzipSync(gzipSync(Buffer.alloc(1_000_000)))],
  ])('in %s', (coding, part) => {
    const head = `${HEAD}content-encoding: ${coding}\r\ntransfer-encoding: chunked\r\n\r\n`;
    const chunk = `${part.length.toString(16)}\r\n${part.toString('latin1')}\r\n`;

    it('counts as none, and its connection is closed, when it has no end', async () => {
      expect(await asked(head, (socket) => pour(socket, chunk))).toBeNull();
    });

    it.each<[string, string]>([
      ['before it', ''],
      ['within it', chunk.slice(0, 200)],
      ['after a part of it', chunk],
    ])('counts as none when the connection is reset %s', async (_where, text) => {
      expect(await asked(head + text, (socket) => void socket.resetAndDestroy())).toBeNull();
    });

    it('is let go of when it is not wanted any more', async () => {
      const { url, whenClosed } = await served(head + chunk, () => undefined);
      const reader = (await fetch(url, {})).body?.getReader();
      await reader?.read();
      await reader?.cancel();
      await whenClosed();
    });
  });

  it('that is reset before its body is read fails when it is read', async () => {
    const { url, whenClosed } = await served(`${HEAD}content-length: 9\r\n\r\n{`, (socket) =>
      socket.resetAndDestroy(),
    );
    const response = await fetch(url, {}).catch(() => null);
    await whenClosed();
    await new Promise(setImmediate);
    await expect(response?.text() ?? Promise.reject(new Error('no answer'))).rejects.toThrow();
  });

  it('that switches protocols is an error at once', async () => {
    const { url } = await served(
      'HTTP/1.1 101 Switching\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n',
      () => undefined,
    );
    await expect(fetch(url, {})).rejects.toThrow(/protocol|closed/);
  });

  it('that is not wanted any more is let go of', async () => {
    const { url, whenClosed } = await served(`${HEAD}content-length: 100\r\n\r\n{`, () => undefined);
    const response = await fetch(url, {});
    await response.body?.cancel();
    await whenClosed();
  });

  it.each([204, 205, 304])('has no body with status %s', async (status) => {
    expect(await asked(`HTTP/1.1 ${status} None\r\n\r\n`)).toMatchObject({ status, body: '' });
  });

  it('has no body for HEAD, and its connection is closed', async () => {
    const { url, whenClosed } = await served(`${HEAD}content-length: 9\r\n\r\n`, () => undefined);
    const response = await fetch(url, { method: 'HEAD' });
    expect([response.body, response.headers.get('content-length')]).toEqual([null, '9']);
    await whenClosed();
  });

  // Node's parser reads a body after 205.
  it.each([204, 205, 304])(
    'has no body with status %s that has no end, and its connection is closed',
    async (status) => {
      const head = `HTTP/1.1 ${status} None\r\ntransfer-encoding: chunked\r\n\r\n`;
      const chunks = (socket: Socket) => pour(socket, `2710\r\n${'x'.repeat(10_000)}\r\n`);
      expect(await asked(head, chunks)).toMatchObject({ status, body: '' });
      const { url, whenClosed } = await served(head, chunks);
      expect((await fetch(url, {})).body).toBeNull();
      await whenClosed();
    },
  );

  it.each([204, 205, 304].filter((status) => status !== 205 || endsAfter205))(
    'has no body with status %s that has no end, through the fetch of Node.js either',
    async (status) => {
      const head = `HTTP/1.1 ${status} None\r\ntransfer-encoding: chunked\r\n\r\n`;
      const { url, whenClosed } = await served(head, (socket) =>
        pour(socket, `2710\r\n${'x'.repeat(10_000)}\r\n`),
      );
      const answer = await exchange(url, {}, { fetch: globalThis.fetch, timeoutMs: 5_000 });
      expect(answer).toMatchObject({ status });
      await whenClosed();
    },
  );

  it('is not the end of a connection that a fetch of the host’s keeps', async () => {
    let connections = 0;
    const server = createHttpServer((_request, response) => void response.end('{}'));
    server.on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
      server.closeAllConnections();
    });
    const { port } = server.address() as AddressInfo;
    for (let requests = 0; requests < 5; requests += 1) {
      const answer = await exchange(
        `http://127.0.0.1:${port}/`,
        {},
        { fetch: globalThis.fetch, timeoutMs: 5_000 },
      );
      expect(answer).toMatchObject({ body: '{}' });
    }
    expect(connections).toBeLessThan(5);
  });

  it('is asked for with the method, the headers and the body that are given', async () => {
    const { url } = await served(WHOLE);
    const init = { method: 'POST', headers: { 'x-a': 'b' }, body: 'text' };
    expect(await (await fetch(url, init)).text()).toBe('{}');
    await expect(fetch(url, { method: 'POST', body: new URLSearchParams() })).rejects.toThrow(TypeError);
    await expect(fetch(url, { headers: { 'a b': 'c' } })).rejects.toThrow(TypeError);
  });

  it('says itself how long the body is', async () => {
    const heads: IncomingHttpHeaders[] = [];
    const server = createHttpServer((request, response) => {
      heads.push(request.headers);
      request.resume().on('end', () => response.end('{}'));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const headers = { 'content-length': '2', 'transfer-encoding': 'chunked' };
    const stream = new Blob(['text']).stream();
    await (await fetch(url, { method: 'POST', headers, body: stream, duplex: 'half' })).text();
    await (await fetch(url, { method: 'POST', headers, body: 'text' })).text();
    const lengths = heads.map((head) => [head['content-length'], head['transfer-encoding']]);
    expect(lengths).toEqual([
      [undefined, 'chunked'],
      ['4', undefined],
    ]);
  });
});

/** Longer than a test lasts. */
const LONG_MS = 3_600_000;

describe('A server that falls silent', () => {
  it('before its answer ends the request', async () => {
    const { url, whenClosed } = await served(`${HEAD}x: `, () => undefined);
    const patience = { answerMs: 50, bodyMs: LONG_MS };
    await expect(fetch(url, {}, patience)).rejects.toThrow('The server does not answer.');
    await whenClosed();
  });

  it.each<[string, string | Buffer]>([
    ['before its body', `${HEAD}content-length: 9\r\n\r\n`],
    ['within its body', `${HEAD}content-length: 9\r\n\r\n{`],
    ['between two events', `${HEAD}content-type: text/event-stream\r\n\r\ndata: 1\n\n`],
    [
      'within a body in gzip',
      Buffer.concat([
        Buffer.from(`${HEAD}content-encoding: gzip\r\n\r\n`),
        gzipSync('x'.repeat(1_000)).subarray(0, 20),
      ]),
    ],
  ])('%s ends what is read of it', async (_when, sent) => {
    const { url, whenClosed } = await served(sent, () => undefined);
    const response = await fetch(url, {}, { answerMs: LONG_MS, bodyMs: 50 });
    await expect(response.text()).rejects.toThrow('The server fell silent within its answer.');
    await whenClosed();
  });

  it('each time for less than the limit is read to its end', { tags: ['long'] }, async () => {
    const bodyMs = 1_000;
    const { url } = await served(`${HEAD}\r\n`, (socket) => {
      let parts = 0;
      const sending = setInterval(() => {
        socket.write('x');
        parts += 1;
        if (parts < 12) return;
        clearInterval(sending);
        socket.end();
      }, bodyMs / 10);
    });
    const response = await fetch(url, {}, { answerMs: bodyMs, bodyMs });
    expect(await response.text()).toBe('x'.repeat(12));
  });

  it('while nobody reads its answer has as long as it likes', async () => {
    const bodyMs = 1_234_567;
    const limited = vi.spyOn(ClientRequest.prototype, 'setTimeout');
    onTestFinished(() => limited.mockRestore());
    const limit = () => limited.mock.lastCall?.[0];
    let isRead = false;
    const { url } = await served(`${HEAD}content-length: 9\r\n\r\n{`, (socket) => {
      // A limit ends at once while nobody reads; the rest comes once it is waited for.
      limited.mockImplementation(function (this: ClientRequest, ms) {
        if (ms === 0) return this;
        if (isRead) socket.end('"a":"b"}');
        else this.emit('timeout');
        return this;
      });
    });
    const response = await fetch(url, {}, { answerMs: LONG_MS, bodyMs });
    expect(limit()).toBe(0);
    isRead = true;
    expect(await response.text()).toBe('{"a":"b"}');
    expect(limited).toHaveBeenCalledWith(bodyMs);
    expect(limit()).toBe(0);
  });
});
