/** Fastify 5, with the plugins that hosts use for sessions and cookies. */
import cookie from '@fastify/cookie';
import session from '@fastify/session';
import type { FastifyRequest } from 'fastify';
import fastify from 'fastify';
import type { AddressInfo } from 'node:net';
import { toFastifyPlugin } from '../../../src/http';
import type { Framework } from '../framework';
import type { AtEnd, Settings } from '../service';
import { bearerOf, openRoutes } from '../service';

declare module 'fastify' {
  interface Session {
    userId?: string;
  }
}

async function start(settings: Settings, atEnd: AtEnd): Promise<number> {
  const app = fastify({ forceCloseConnections: true });
  await app.register(cookie);
  await app.register(session, {
    secret: 'x'.repeat(32),
    saveUninitialized: false,
    cookie: { sameSite: 'strict', secure: false },
  });
  app.addHook('onRequest', async (_request, reply) => void reply.setCookie('seen', '1'));
  const form = 'application/x-www-form-urlencoded';
  app.addContentTypeParser(form, { parseAs: 'string' }, async (_request: FastifyRequest, body: string) =>
    Object.fromEntries(new URLSearchParams(body)),
  );
  app.post('/login', (request, reply) => {
    request.session.userId = (request.body as { user: string }).user;
    reply.send({});
  });
  const routes = await openRoutes(
    settings,
    atEnd,
    (web, { request }: { request: FastifyRequest }) => request.session.userId ?? bearerOf(web),
  );
  await app.register(toFastifyPlugin(routes), { prefix: settings.basePath });
  // The parsers of the host are as they were outside of the plugin.
  app.post('/length', (request, reply) => {
    reply.send(String((request.body as { text: string }).text.length));
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  atEnd(() => app.close());
  return (app.server.address() as AddressInfo).port;
}

export const fastify5: Framework = { name: 'Fastify 5', start };
export const fastifyPrefix: Framework = { name: 'Fastify 5, below a prefix', prefix: '/api', start };
