/** What the plugin leaves to the host: hooks, errors, other origins, and what is not for the handler. */
import cookie from '@fastify/cookie';
import cors from '@fastify/cors';
import type { FastifyInstance, FastifyReply, InjectOptions } from 'fastify';
import fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';
import { toFastifyPlugin } from '../../src/http';
import type { ConnectionsHandler } from '../../src/http';
import { http2 } from './transport';

/** Answers below `/connections` with what it was sent. */
const echo: ConnectionsHandler = async (request) => {
  const { pathname } = new URL(request.url);
  if (!pathname.startsWith('/connections')) return undefined;
  const sent = [request.method, pathname, request.body === null ? null : await request.text()];
  return Response.json(sent, { headers: { vary: 'Accept', 'set-cookie': 'a=1' } });
};

const asked = async (app: FastifyInstance, options: InjectOptions) => {
  const { statusCode, headers, body } = await app.inject(options);
  return { status: statusCode, headers, body };
};

const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };

it.each([
  ['a form', { method: 'POST', headers: form, payload: 'a=b' }, 'a=b'],
  ['JSON', { method: 'POST', headers: json, payload: '{"a":1}' }, '{"a":1}'],
  ['what has no type', { method: 'POST', payload: Buffer.from('a=b') }, 'a=b'],
  ['a DELETE with a type and no body', { method: 'DELETE', headers: json }, null],
] as const)('the handler is given %s', async (_title, options, body) => {
  const app = fastify().register(toFastifyPlugin(echo), { prefix: '/connections' });
  const answer = await asked(app, { url: '/connections/a', ...options });
  expect(JSON.parse(answer.body)).toEqual([options.method, '/connections/a', body]);
});

it('hooks of the host run before and after', async () => {
  const order: string[] = [];
  const app = fastify();
  await app.register(cookie);
  for (const name of ['onRequest', 'preHandler', 'onSend', 'onResponse'] as const) {
    app.addHook(name, async () => void order.push(name));
  }
  app.addHook('onSend', async (_request, reply) => void reply.setCookie('seen', '1'));
  await app.register(toFastifyPlugin(echo), { prefix: '/connections' });
  const { headers } = await asked(app, { url: '/connections' });
  expect(order).toEqual(['onRequest', 'preHandler', 'onSend', 'onResponse']);
  expect(headers['set-cookie']).toEqual(['a=1', expect.stringMatching(/^seen=1/)]);
});

it('a body is what the hooks of the host have made of it', async () => {
  const app = fastify();
  app.addHook('preParsing', async () => {
    const { Readable } = await import('node:stream');
    return Readable.from([Buffer.from('unpacked')]);
  });
  await app.register(toFastifyPlugin(echo), { prefix: '/connections' });
  const answer = await asked(app, {
    method: 'POST',
    url: '/connections/a',
    headers: json,
    payload: 'packed',
  });
  expect(JSON.parse(answer.body)).toEqual(['POST', '/connections/a', 'unpacked']);
});

it('pages of another origin may ask what the host lets them', async () => {
  const app = fastify();
  await app.register(cors, { origin: ['https://app.example.test'], methods: ['DELETE'], credentials: true });
  await app.register(toFastifyPlugin(echo), { prefix: '/connections' });
  const origin = 'https://app.example.test';
  const preflight = await asked(app, {
    method: 'OPTIONS',
    url: '/connections/a',
    headers: { origin, 'access-control-request-method': 'DELETE' },
  });
  expect([preflight.status, preflight.headers['access-control-allow-methods']]).toEqual([204, 'DELETE']);
  const { headers } = await asked(app, { method: 'DELETE', url: '/connections/a', headers: { origin } });
  expect([headers['access-control-allow-origin'], headers.vary]).toEqual([origin, 'Origin, Accept']);
});

it('what `user` throws goes to the error handler of the host, as it is', async () => {
  const failure = new Error('the session store is down');
  const told: unknown[] = [];
  const app = fastify();
  app.setErrorHandler((error, _request, reply) => {
    told.push(error);
    return reply.code(503).send('down');
  });
  await app.register(
    toFastifyPlugin(async () => Promise.reject(failure)),
    { prefix: '/connections' },
  );
  expect(await asked(app, { url: '/connections' })).toMatchObject({ status: 503, body: 'down' });
  expect(told).toEqual([failure]);
});

it('an answer of the host is left as it is', async () => {
  const warnings: string[] = [];
  const app = fastify({ logger: { level: 'warn', stream: { write: (line) => void warnings.push(line) } } });
  const handler: ConnectionsHandler<{ reply: FastifyReply }> = async (_request, { reply }) => {
    reply.redirect('/login');
    return new Response(null, { status: 401 });
  };
  await app.register(toFastifyPlugin(handler), { prefix: '/connections' });
  const answer = await asked(app, { url: '/connections' });
  expect(answer).toMatchObject({ status: 302, headers: { location: '/login' } });
  expect(warnings).toEqual([]);
});

it('cookies that the host has set before are there once', async () => {
  const app = fastify();
  app.addHook('onRequest', async (_request, reply) => void reply.header('set-cookie', 'sid=1'));
  await app.register(toFastifyPlugin(echo), { prefix: '/connections' });
  const { headers } = await asked(app, { url: '/connections' });
  expect(headers['set-cookie']).toEqual(['sid=1', 'a=1']);
});

it('a body of which the handler has read only the beginning ends the connection', async () => {
  const app = fastify();
  const beginning: ConnectionsHandler = async ({ body }) => {
    await body?.getReader().read();
    return new Response('too much', { status: 413 });
  };
  await app.register(toFastifyPlugin(beginning), { prefix: '/connections' });
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  const { port } = app.server.address() as AddressInfo;
  const sent = { method: 'POST', body: 'x'.repeat(300_000) };
  const response = await fetch(`http://127.0.0.1:${port}/connections/a`, sent);
  expect([response.status, response.headers.get('connection')]).toEqual([413, 'close']);
});

it('without a prefix, it takes what no other route does, and leaves the rest to the host', async () => {
  const app = fastify();
  app.setNotFoundHandler((_request, reply) => reply.code(404).send('of the host'));
  app.get('/other', async () => 'other');
  await app.register(toFastifyPlugin(echo));
  expect(await asked(app, { url: '/connections/a' })).toMatchObject({ status: 200 });
  expect(await asked(app, { url: '/other' })).toMatchObject({ status: 200, body: 'other' });
  expect(await asked(app, { url: '/nothing' })).toMatchObject({ status: 404, body: 'of the host' });
});

it('works over HTTP/2', async () => {
  const app = fastify({ http2: true });
  await app.register(toFastifyPlugin(echo), { prefix: '/connections' });
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  const headers = { host: 'api.example.test', ...form };
  const sent = { method: 'POST', path: '/connections/a', headers, body: 'a=b' };
  const answer = await http2((app.server.address() as AddressInfo).port, sent);
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, ['POST', '/connections/a', 'a=b']]);
});

it('a client that goes away aborts the request', async () => {
  const app = fastify({ forceCloseConnections: true });
  const ended = new Promise<boolean>((resolve) => {
    const waiting: ConnectionsHandler = async ({ signal }) => {
      socket?.destroy();
      await once(signal, 'abort');
      resolve(signal.aborted);
      return new Response('late');
    };
    void app.register(toFastifyPlugin(waiting), { prefix: '/connections' });
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  onTestFinished(() => app.close());
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  socket.write('GET /connections HTTP/1.1\r\nHost: a.test\r\n\r\n');
  expect(await ended).toBe(true);
});
