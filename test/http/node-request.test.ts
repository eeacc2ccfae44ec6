/** What the handler is given of a request of Node.js. */
import { describe, expect, it } from 'vitest';
import { toNodeHandler } from '../../src/http/node';
import type { NodeRequest } from '../../src/http/node-request';
import { webRequest } from '../../src/http/node-request';
import type { Listener } from './listening';
import { listening, said } from './listening';

/** Answers with what `read` makes of the request. */
const told = (read: (request: Request) => unknown): Listener =>
  toNodeHandler(async (request) => Response.json(await read(request)));

const bodyOf = (answer: string) => JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as unknown;

/** Of the request whose head these lines are. */
async function seen(read: (request: Request) => unknown, lines: readonly string[], body = '') {
  const port = await listening(told(read));
  const chunked = body === '' ? '' : `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
  const more = body === '' ? [] : ['Transfer-Encoding: chunked'];
  return bodyOf(await said(port, [...lines, ...more], chunked));
}

const url = ({ url: address }: Request) => address;

describe('the address', () => {
  it('has the host that the client names', async () => {
    expect(await seen(url, ['GET /connections?a=b HTTP/1.1', 'Host: api.example.test:8080'])).toBe(
      'http://api.example.test:8080/connections?a=b',
    );
  });

  it.each(['a b', 'user@example.test', 'example.test/x', 'example.test:99999', '[::1', 'ex\u00e4mple', ''])(
    'has localhost for a Host that is none: %j',
    async (host) => {
      expect(await seen(url, ['GET /connections HTTP/1.1', `Host: ${host}`])).toBe(
        'http://localhost/connections',
      );
    },
  );

  it('has the path as it is, although it looks like an address', async () => {
    expect(await seen(url, ['GET //other.example.test/connections HTTP/1.1', 'Host: a.test'])).toBe(
      'http://a.test//other.example.test/connections',
    );
  });

  it('has nothing but the path of an address that a client of a proxy sends', async () => {
    expect(await seen(url, ['GET https://other.example.test/connections?a=b HTTP/1.1', 'Host: a.test'])).toBe(
      'http://a.test/connections?a=b',
    );
  });

  it('is the root where the server itself is asked', async () => {
    expect(await seen(url, ['OPTIONS * HTTP/1.1', 'Host: a.test'])).toBe('http://a.test/');
  });

  it('believes no proxy', async () => {
    const lines = [
      'GET /connections HTTP/1.1',
      'Host: a.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Host: b.test',
    ];
    expect(await seen(url, lines)).toBe('http://a.test/connections');
  });

  it('begins with https on a connection that is encrypted', () => {
    const request: NodeRequest = {
      method: 'GET',
      headers: { host: 'a.test' },
      httpVersionMajor: 1,
      readableDidRead: false,
      readableEnded: false,
      socket: { encrypted: true },
      async *[Symbol.asyncIterator]() {},
    };
    expect(webRequest(request, '/connections', new AbortController().signal)?.url).toBe(
      'https://a.test/connections',
    );
  });
});

describe('the headers', () => {
  it('are all there, those that came twice joined', async () => {
    const names = ['host', 'cookie', 'origin', 'sec-fetch-site', 'authorization', 'accept'];
    const lines = [
      'Host: a.test',
      'Cookie: a=1',
      'Cookie: b=2',
      'Origin: https://a.test',
      'Sec-Fetch-Site: none',
    ];
    const more = ['Authorization: Bearer x', 'Accept: text/html', 'Accept: */*'];
    expect(
      await seen(
        ({ headers }) => names.map((name) => headers.get(name)),
        ['GET / HTTP/1.1', ...lines, ...more],
      ),
    ).toEqual(['a.test', 'a=1; b=2', 'https://a.test', 'none', 'Bearer x', 'text/html, */*']);
  });

  it('may have bytes that are not ASCII', async () => {
    const lines = ['GET / HTTP/1.1', 'Host: a.test', 'X-Name: J\u00f6rg'];
    expect(await seen(({ headers }) => headers.get('x-name'), lines)).toBe('J\u00f6rg');
  });

  it('are those that can be, where a lenient parser let others through', () => {
    const request: NodeRequest = {
      method: 'GET',
      headers: { host: 'a.test', 'x-bad': 'a\u0000b', 'x-good': 'c', 'bad name': 'd' },
      httpVersionMajor: 1,
      readableDidRead: false,
      readableEnded: false,
      socket: {},
      async *[Symbol.asyncIterator]() {},
    };
    const headers = webRequest(request, '/', new AbortController().signal)?.headers;
    expect([...(headers ?? [])].map(([name]) => name)).toEqual(['host', 'x-good']);
  });
});

describe('the body', () => {
  const text = (request: Request) => request.text();
  const hasBody = ({ body }: Request) => body !== null;
  const json = ['Host: a.test', 'Content-Type: application/json'];

  it('is streamed', async () => {
    expect(await seen(text, ['POST / HTTP/1.1', ...json], '{"a":1}')).toBe('{"a":1}');
  });

  it.each(['GET', 'HEAD', 'DELETE', 'POST', 'OPTIONS'])(
    'is none of a %s that has only its type',
    async (method) => {
      const bodies: boolean[] = [];
      const port = await listening(
        toNodeHandler(async (request) => {
          bodies.push(hasBody(request));
          return new Response();
        }),
      );
      await said(port, [`${method} / HTTP/1.1`, ...json]);
      await said(port, [`${method} / HTTP/1.1`, ...json, 'Content-Length: 0']);
      expect(bodies).toEqual([false, false]);
    },
  );

  it('of a GET is left alone', async () => {
    expect(await seen(hasBody, ['GET / HTTP/1.1', ...json], '{"a":1}')).toBe(false);
  });
});
