/** What is written to a response of Node.js, beside what the host has written, and to clients that have gone. */
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { toNodeHandler } from '../../src/http/node';
import type { Listener } from './listening';
import { listening, said } from './listening';

const get = async (listener: Listener) => fetch(`http://127.0.0.1:${await listening(listener)}/`);

describe('an answer', () => {
  const made = () =>
    new Response('{"a":1}', {
      status: 422,
      headers: [
        ['content-type', 'application/problem+json'],
        ['set-cookie', 'a=1; Path=/'],
        ['set-cookie', 'b=2, c; Path=/'],
        ['vary', 'Accept'],
        ['content-security-policy', "default-src 'none'"],
      ],
    });

  /** The answer of a host that sets headers before the handler is asked. */
  const after = (prepare: (res: ServerResponse) => void) =>
    get((req, res) => {
      prepare(res);
      void toNodeHandler(async () => made())(req, res);
    });

  it('has the status, the headers, each cookie and the body', async () => {
    const response = await after(() => undefined);
    expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
      422,
      'application/problem+json',
      '{"a":1}',
    ]);
    expect(response.headers.getSetCookie()).toEqual(['a=1; Path=/', 'b=2, c; Path=/']);
    expect(response.headers.get('content-length')).toBe('7');
  });

  it.each([
    ['one cookie', 'sid=1', ['sid=1']],
    ['two cookies', ['sid=1', 'csrf=2'], ['sid=1', 'csrf=2']],
  ])('keeps %s of the host', async (_title, before, kept) => {
    const { headers } = await after((res) => res.setHeader('Set-Cookie', before));
    expect(headers.getSetCookie()).toEqual([...kept, 'a=1; Path=/', 'b=2, c; Path=/']);
  });

  it('keeps what the answers of the host vary with, and headers that it does not have', async () => {
    const { headers } = await after((res) => {
      res.setHeader('Vary', 'Origin');
      res.setHeader('Access-Control-Allow-Origin', 'https://app.example.test');
    });
    expect([headers.get('vary'), headers.get('access-control-allow-origin')]).toEqual([
      'Origin, Accept',
      'https://app.example.test',
    ]);
  });

  it('has its own policy in place of that of the host', async () => {
    const { headers } = await after((res) => res.setHeader('Content-Security-Policy', "default-src 'self'"));
    expect(headers.get('content-security-policy')).toBe("default-src 'none'");
  });

  it('to a HEAD has no body', async () => {
    const port = await listening(toNodeHandler(async () => new Response(null, { status: 200 })));
    expect(await said(port, ['HEAD / HTTP/1.1', 'Host: a.test'])).toMatch(/^HTTP\/1\.1 200 [\s\S]*\r\n\r\n$/);
  });

  it('without a body is one without a body', async () => {
    const port = await listening(toNodeHandler(async () => new Response(null, { status: 204 })));
    expect(await said(port, ['GET / HTTP/1.1', 'Host: a.test'])).toMatch(/^HTTP\/1\.1 204 [\s\S]*\r\n\r\n$/);
  });

  it('is not sent where the host has sent one', async () => {
    const next = vi.fn<() => void>();
    const port = await listening((req, res) =>
      toNodeHandler(async () => {
        res.writeHead(302, { location: '/login' }).end();
        return made();
      })(req, res, next),
    );
    expect(await said(port, ['GET / HTTP/1.1', 'Host: a.test'])).toMatch(/^HTTP\/1\.1 302 /);
    expect(next).not.toHaveBeenCalled();
  });
});

describe('a client that goes away', () => {
  /** Sends the head of a request and leaves once the handler is at work. */
  async function left(work: (request: Request) => Promise<Response | undefined>, head: string) {
    const events = new EventEmitter();
    const [begun, settled] = [once(events, 'begun'), once(events, 'settled')];
    const written = vi.fn<() => void>();
    const next = vi.fn<(error?: unknown) => void>();
    const port = await listening((req, res) => {
      const handled = toNodeHandler(async (request) => {
        events.emit('begun');
        return work(request);
      })(req, Object.assign(res, { setHeader: written, end: written }), next);
      void handled.finally(() => events.emit('settled'));
    });
    const socket = connect(port, '127.0.0.1');
    socket.write(head);
    await begun;
    socket.destroy();
    await settled;
    return { written, next };
  }

  const gone = ({ signal }: Request) => once(signal, 'abort');

  it('aborts the request, whose work goes on, and is sent nothing', async () => {
    let isDone = false;
    const { written, next } = await left(async (request) => {
      await gone(request);
      isDone = request.signal.aborted;
      return new Response('done');
    }, 'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 0\r\n\r\n');
    expect(isDone).toBe(true);
    expect(written).not.toHaveBeenCalled();
    expect(next).not.toHaveBeenCalled();
  });

  it('before the handler is asked is known to it', async () => {
    const events = new EventEmitter();
    const [arrived, asked] = [once(events, 'arrived'), once(events, 'asked')];
    const port = await listening(async (req, res) => {
      events.emit('arrived');
      await once(res, 'close');
      await toNodeHandler(async ({ signal }) => {
        events.emit('asked', signal.aborted);
        return new Response('late');
      })(req, res);
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    await arrived;
    socket.destroy();
    expect(await asked).toEqual([true]);
  });

  it('in the middle of its body is no error of the host', async () => {
    const { written, next } = await left(
      async (request) => new Response(await request.text()),
      'POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nabc',
    );
    expect(written).not.toHaveBeenCalled();
    expect(next).not.toHaveBeenCalled();
  });

  it('hides no error of the host', async () => {
    const failure = new Error('the session store is down');
    const { next } = await left(async (request) => {
      await gone(request);
      throw failure;
    }, 'GET / HTTP/1.1\r\nHost: a.test\r\n\r\n');
    expect(next).toHaveBeenCalledWith(failure);
  });
});

it('a request that was answered is not aborted', async () => {
  let closed: Promise<unknown> | undefined;
  let signal: AbortSignal | undefined;
  const response = await get((req, res) => {
    closed = once(res, 'close');
    void toNodeHandler(async (request) => {
      ({ signal } = request);
      return new Response('done');
    })(req, res);
  });
  expect(await response.text()).toBe('done');
  await closed;
  expect(signal?.aborted).toBe(false);
});
