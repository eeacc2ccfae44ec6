/** The handler behind a server of HTTP/2. */
import { EventEmitter, once } from 'node:events';
import type { ClientHttp2Session, IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2';
import { connect, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { toNodeHandler } from '../../src/http/node';
import type { ConnectionsHandler } from '../../src/http/options';

async function session(handler: ConnectionsHandler): Promise<ClientHttp2Session> {
  const server = createServer((req, res) => void toNodeHandler(handler)(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  onTestFinished(async () => {
    client.destroy();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return client;
}

async function asked(handler: ConnectionsHandler, headers: OutgoingHttpHeaders, body?: string) {
  const stream = (await session(handler)).request(headers, { endStream: body === undefined });
  if (body !== undefined) stream.end(body);
  const [answered] = (await once(stream, 'response')) as [IncomingHttpHeaders & { ':status': number }];
  return { status: answered[':status'], headers: answered, body: await text(stream) };
}

it('the authority is the host, and no pseudo header is among the headers', async () => {
  const told: ConnectionsHandler = async ({ url, headers }) => Response.json([url, ...headers]);
  const { body } = await asked(told, {
    ':path': '/connections?a=b',
    ':authority': 'api.example.test',
    cookie: ['a=1', 'b=2'],
    accept: 'text/html',
  });
  expect(JSON.parse(body)).toEqual([
    'http://api.example.test/connections?a=b',
    ['accept', 'text/html'],
    ['cookie', 'a=1; b=2'],
    ['host', 'api.example.test'],
  ]);
});

it('a body is streamed, and a DELETE with a type of content alone has none', async () => {
  const told: ConnectionsHandler = async (request) =>
    Response.json(request.body === null ? null : await request.text());
  const type = { ':path': '/', 'content-type': 'application/json' };
  expect((await asked(told, { ...type, ':method': 'POST' }, '{"a":1}')).body).toBe(JSON.stringify('{"a":1}'));
  expect((await asked(told, { ...type, ':method': 'DELETE' })).body).toBe('null');
});

it('an answer has its cookies one by one, and no header of a connection', async () => {
  const answers: ConnectionsHandler = async () =>
    new Response('yes', {
      status: 403,
      headers: [
        ['connection', 'close'],
        ['keep-alive', 'timeout=5'],
        ['set-cookie', 'a=1'],
        ['set-cookie', 'b=2'],
      ],
    });
  const { status, headers, body } = await asked(answers, { ':path': '/' });
  expect([status, body, headers['set-cookie']]).toEqual([403, 'yes', ['a=1', 'b=2']]);
  expect(headers).not.toHaveProperty('keep-alive');
});

it('a body that the handler has left in the middle leaves the session as it is', async () => {
  const halfway: ConnectionsHandler = async ({ body }) => {
    await body?.getReader().read();
    return new Response('too much', { status: 413 });
  };
  const { status } = await asked(halfway, { ':path': '/', ':method': 'POST' }, 'x'.repeat(60_000));
  expect(status).toBe(413);
});

it('a HEAD has no body, and what is for nobody is a 404', async () => {
  const none = await asked(async () => new Response(null), { ':path': '/', ':method': 'HEAD' });
  expect([none.status, none.body]).toEqual([200, '']);
  const nobody = await asked(async () => undefined, { ':path': '/' });
  expect([nobody.status, nobody.body]).toEqual([404, 'Not Found']);
});

it('a stream that its client resets aborts the request, and is sent nothing', async () => {
  const events = new EventEmitter();
  const [begun, ended] = [once(events, 'begun'), once(events, 'ended')];
  const client = await session(async ({ signal }) => {
    events.emit('begun');
    await once(signal, 'abort');
    events.emit('ended', signal.aborted);
    return new Response('late');
  });
  const stream = client.request({ ':path': '/', ':method': 'POST' });
  await begun;
  stream.close();
  expect(await ended).toEqual([true]);
});
