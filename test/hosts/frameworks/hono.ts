/** Hono 4 on Node.js. */
import { createAdaptorServer } from '@hono/node-server';
import { Hono } from 'hono';
import type { Context } from 'hono';
import { getSignedCookie, setCookie, setSignedCookie } from 'hono/cookie';
import type { Framework } from '../framework';
import { listen } from '../framework';
import type { AtEnd, Settings } from '../service';
import { bearerOf, openRoutes } from '../service';

/** How the answer of the handler becomes one of the route. */
type Answering = (c: Context, answer: Response) => Response;

async function start(answering: Answering, settings: Settings, atEnd: AtEnd): Promise<number> {
  const app = new Hono();
  app.use(async (c, next) => {
    setCookie(c, 'seen', '1');
    await next();
  });
  app.post('/login', async (c) => {
    const { user } = await c.req.parseBody<{ user: string }>();
    await setSignedCookie(c, 'session', user, 'x', { sameSite: 'Strict', httpOnly: true });
    return c.json({});
  });
  const handler = await openRoutes<Context>(
    settings,
    atEnd,
    async (request, c) => (await getSignedCookie(c, 'x', 'session')) || bearerOf(request),
  );
  app.all(`${settings.basePath}/*`, async (c) => {
    const answer = await handler(c.req.raw, c);
    return answer ? answering(c, answer) : c.notFound();
  });
  app.post('/length', async (c) => {
    const { text } = await c.req.parseBody<{ text: string }>();
    return c.text(String(text.length));
  });
  return listen(createAdaptorServer(app), atEnd);
}

export const hono4: Framework = {
  name: 'Hono 4',
  start: (settings, atEnd) => start((c, answer) => c.newResponse(answer.body, answer), settings, atEnd),
};

export const honoPrefix: Framework = {
  name: 'Hono 4, below a prefix, which returns the answer as it is',
  prefix: '/api',
  // Hono gives no answer that is returned as it is the headers that were set before.
  addsCookie: false,
  start: (settings, atEnd) => start((_c, answer) => answer, settings, atEnd),
};
