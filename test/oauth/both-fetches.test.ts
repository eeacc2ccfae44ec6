/** The two ways to send a request may differ in the guard alone. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { version } from '../../package.json';
import { exchange } from '../../src/oauth/exchange';
import { FETCHES, bothWays, listening, sendTo } from './both-fetches';

const answer = (body: string | Buffer, headers: string[] = [], status = '200 OK') => {
  const bytes = Buffer.from(body);
  const lines = [`HTTP/1.1 ${status}`, `content-length: ${bytes.length}`, 'connection: close', ...headers];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]);
};
const JSON_BODY = '{"text":"é and more"}';
const MARK = '\uFEFF';
const packed = gzipSync(JSON_BODY);
const encoded = (body: Buffer, coding: string) => answer(body, [`content-encoding: ${coding}`]);

describe('A request looks alike to the server', () => {
  it.each<[string, string, RequestInit]>([
    ['without headers', '/', {}],
    ['with a query', '/a%20b/ü?c=d e&f=%2F#g', { headers: { accept: 'application/json' } }],
    ['of a form', '/', { method: 'POST', headers: { 'content-type': 'x/y' }, body: 'a=b&c=%20' }],
    ['of JSON', '/', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON_BODY }],
    [
      'of a long text',
      '/',
      { method: 'POST', headers: { 'content-type': 'x/y' }, body: 'é'.repeat(200_000) },
    ],
    ...['DELETE', 'OPTIONS', 'PATCH', 'PUT', 'PROPFIND'].map((method): [string, string, RequestInit] => [
      `to ${method} a text`,
      '/',
      { method, headers: { 'content-type': 'x/y' }, body: 'a' },
    ]),
    ['to DELETE an empty text', '/', { method: 'DELETE', headers: { 'content-type': 'x/y' }, body: '' }],
    ['of an empty text', '/', { method: 'POST', headers: { 'content-type': 'x/y' }, body: '' }],
    ['to POST nothing', '/', { method: 'POST' }],
    ['with a header without a value', '/', { headers: { 'x-empty': '' } }],
    ['with a header in capitals', '/', { headers: { 'X-Upper': 'Value', Authorization: 'Basic eDp5' } }],
    ['with bytes beyond ASCII in a header', '/', { headers: { 'x-latin': 'é' } }],
    [
      'with a header twice',
      '/',
      {
        headers: [
          ['x-two', 'a'],
          ['x-two', 'b'],
        ],
      },
    ],
  ])('%s', async (_what, path, init) => {
    const { plain, other } = await bothWays(path, init, answer('{}'));
    expect(plain?.got?.body).toBe('{}');
    expect(other).toEqual(plain);
  });

  it.each(FETCHES)('with a stream as its body: %s', async (_what, fetch) => {
    const seen: unknown[] = [];
    const { port } = await listening((request, response) => {
      request.setEncoding('utf8').on('data', (text) => seen.push(text));
      request.on('end', () => response.end(request.headers['transfer-encoding']));
    });
    const url = `http://127.0.0.1:${port}/`;
    const body = new Blob(['of a ', 'stream']).stream();
    const response = await fetch(url, { method: 'POST', body, duplex: 'half' });
    expect([await response.text(), seen.splice(0).join('')]).toEqual(['chunked', 'of a stream']);
    const more = new Blob(['of a ', 'stream']).stream();
    const deleted = await fetch(url, { method: 'DELETE', body: more, duplex: 'half' });
    expect([await deleted.text(), seen.join('')]).toEqual(['chunked', 'of a stream']);
    const broken = new ReadableStream({ pull: (controller) => controller.error(new Error('broken')) });
    await expect(fetch(url, { method: 'POST', body: broken, duplex: 'half' })).rejects.toThrow();
  });

  it('in the name of the program', async () => {
    const { plain, other } = await bothWays('/', { headers: { 'User-Agent': 'x' } }, answer('{}'));
    const named = { seen: { headers: { 'user-agent': [`mcp-connections/${version}`] } } };
    expect([plain, other]).toMatchObject([named, named]);
  });

  it('to an IPv6 address', async ({ skip }) => {
    const hasIpv6 = await listening(() => undefined, '::1').then(
      () => true,
      () => false,
    );
    skip(!hasIpv6, 'this machine has no IPv6');
    const { plain, other } = await bothWays('/', {}, answer('{}'), '[::1]');
    expect(plain?.got?.body).toBe('{}');
    expect(other).toEqual(plain);
  });
});

describe('An answer looks alike to the caller', () => {
  it.each<[string, Buffer]>([
    [
      'after early hints',
      Buffer.concat([Buffer.from('HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n'), answer('{}')]),
    ],
    ['with a header twice', answer('{}', ['WWW-Authenticate: Basic', 'www-authenticate: Bearer a="b"'])],
    ['with a header without a value', answer('{}', ['retry-after:', 'x-empty: '])],
    ['with bytes beyond ASCII in a header', answer('{}', ['location: /\u00e9'])],
    ['whose status has odd words', answer('{}', [], '200 Very  \t"fine"')],
    ['whose status has no words', answer('{}', [], '200 ')],
    ['that redirects', answer('', ['location: /elsewhere'], '302 Found')],
    [
      'that redirects with a body that is not what it says',
      answer('x', ['location: /', 'content-encoding: gzip'], '307 Go'),
    ],
    ['that is not modified', answer('', [], '304 Not Modified')],
    ['that refuses', answer('<html>', ['content-type: text/html'], '403 Forbidden')],
    ['that fails', answer('', ['retry-after: 7'], '503 Busy')],
    ['without a length', Buffer.from(`HTTP/1.1 200 OK\r\n\r\n${JSON_BODY}`)],
    ['in chunks', Buffer.from('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n')],
    ['of another version', Buffer.from('HTTP/1.0 200 OK\r\n\r\n{}')],
    ['with a byte order mark', answer(`${MARK}${JSON_BODY}`)],
    ['with two byte order marks', answer(`${MARK}${MARK}{}`)],
    ['with a byte order mark within', answer(`{"a":"${MARK}"}`)],
    ['that is not UTF-8', answer(Buffer.from([0x7b, 0xff, 0xe2, 0x82, 0x7d]))],
    ['with half a byte order mark', answer(Buffer.from([0xef, 0xbb]))],
    ['in gzip', encoded(packed, 'gzip')],
    ['in x-gzip', encoded(packed, 'x-gzip')],
    ['in gzip with a byte order mark', encoded(gzipSync(`${MARK}{}`), 'gzip')],
    ['in gzip, in capitals', encoded(packed, 'GZIP')],
    ['in deflate', encoded(deflateSync(JSON_BODY), 'deflate')],
    ['in deflate without a header', encoded(deflateRawSync(JSON_BODY), 'deflate')],
    ['in Brotli', encoded(brotliCompressSync(JSON_BODY), 'br')],
    ['in gzip and then in Brotli', encoded(brotliCompressSync(packed), 'gzip, br')],
    [
      'in deflate twice and then in gzip',
      encoded(gzipSync(deflateRawSync(deflateSync(JSON_BODY))), 'deflate,deflate , gzip'),
    ],
    [
      'with its codings in two headers',
      answer(brotliCompressSync(packed), ['content-encoding: gzip', 'content-encoding: br']),
    ],
    ['in gzip, of 400 KB', encoded(gzipSync('é'.repeat(200_000)), 'gzip')],
    ['in two parts of gzip', encoded(Buffer.concat([gzipSync('{'), gzipSync('}')]), 'gzip')],
    ['in gzip with zeros after it', encoded(Buffer.concat([packed, Buffer.alloc(100)]), 'gzip')],
    ['in gzip without its trailer', encoded(packed.subarray(0, -8), 'gzip')],
    ['in gzip, cut off', encoded(packed.subarray(0, 20), 'gzip')],
    ['in gzip, empty', encoded(gzipSync(''), 'gzip')],
    ['said to be in gzip, without a byte', encoded(Buffer.alloc(0), 'gzip')],
    ['in an unknown coding', encoded(packed, 'new')],
    ['in a known and an unknown coding', encoded(packed, 'new, gzip')],
    ['as it is', encoded(Buffer.from(JSON_BODY), 'identity')],
    ['in a coding without a name', encoded(packed, 'gzip,')],
    ['in gzip with no body, by its status', answer('', ['content-encoding: gzip'], '204 No Content')],
  ])('%s', async (_what, raw) => {
    const { plain, other } = await bothWays('/', {}, raw);
    expect(plain?.got).not.toBeNull();
    expect(other).toEqual(plain);
  });

  it.each<[string, Buffer]>([
    ['gzip that is none', encoded(Buffer.from('{}'), 'gzip')],
    [
      'gzip whose checksum is wrong',
      encoded(Buffer.concat([packed.subarray(0, -8), Buffer.alloc(8, 1)]), 'gzip'),
    ],
    ['gzip with something after it', encoded(Buffer.concat([packed, Buffer.from('and more')]), 'gzip')],
    ['deflate that is none', encoded(Buffer.from('x{}'), 'deflate')],
    ['deflate without a header that is none', encoded(Buffer.from([0x07, 0xff]), 'deflate')],
    ['Brotli that is none', encoded(Buffer.from('{"a":"b"}'), 'br')],
    ['gzip in Brotli that is none', encoded(packed, 'gzip, br')],
    ['six codings', encoded(packed, 'gzip, gzip, gzip, gzip, gzip, gzip')],
    ['less gzip than it announced', Buffer.concat([encoded(packed, 'gzip').subarray(0, -4)])],
    ['more than 1 MB', answer(Buffer.alloc(1_000_001, ' '))],
    ['50 MB in gzip', encoded(gzipSync(Buffer.alloc(50_000_000, ' ')), 'gzip')],
    ['50 MB in gzip twice', encoded(gzipSync(gzipSync(Buffer.alloc(50_000_000))), 'gzip, gzip')],
  ])('as none, with %s', async (_what, raw) => {
    const { plain, other } = await bothWays('/', {}, raw);
    expect([plain?.got, other?.got]).toEqual([null, null]);
  });
});

it.each(FETCHES)('%s asks for what it can decode', async (_name, fetch) => {
  const { port } = await listening(({ headers }, response) => void response.end(headers['accept-encoding']));
  const got = await exchange(`http://127.0.0.1:${port}`, {}, { fetch, timeoutMs: 5_000 });
  expect(got?.body).toMatch(/gzip, deflate/);
});

it('A name with several addresses is tried at each', async () => {
  const { port } = await listening((_request, response) => void response.end('{}'));
  // Nothing listens at the first.
  const fetch = sendTo('127.0.0.2', '127.0.0.1');
  const got = await exchange(`http://auth.example.com:${port}`, {}, { fetch, timeoutMs: 5_000 });
  expect(got?.body).toBe('{}');
});

it('A connection is closed when its answer has been read, though the server would keep it', async () => {
  const { server, port } = await listening((_request, response) => void response.end('{}'));
  const closed = new Promise((resolve) => {
    server.on('connection', (socket) => socket.once('close', resolve));
  });
  const response = await sendTo('127.0.0.1')(`http://127.0.0.1:${port}`, {});
  expect(await response.text()).toBe('{}');
  await closed;
});
