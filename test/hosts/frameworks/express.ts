/** Express 5 and 4, whose body parsers have read each body before the handler is asked. */
import cookieParser from 'cookie-parser';
import express from 'express';
import express4 from 'express-4';
import session from 'express-session';
import { toNodeHandler } from '../../../src/http';
import type { Framework } from '../framework';
import { listen } from '../framework';
import type { AtEnd, Settings } from '../service';
import { bearerOf, openRoutes } from '../service';
import { createServer } from 'node:http';

declare module 'express-session' {
  interface SessionData {
    userId?: string;
  }
}

async function application(make: typeof express, settings: Settings, atEnd: AtEnd) {
  const app = make();
  app.use(session({ secret: 'x', resave: false, saveUninitialized: false, cookie: { sameSite: 'strict' } }));
  app.use(make.json(), make.urlencoded({ extended: true }), cookieParser());
  app.use((_request, response, next) => {
    response.cookie('seen', '1');
    next();
  });
  app.post('/login', (request, response) => {
    request.session.userId = (request.body as { user: string }).user;
    response.json({});
  });
  const routes = await openRoutes(
    settings,
    atEnd,
    (request, { req }: { req: express.Request }) => req.session.userId ?? bearerOf(request),
  );
  return { app, routes: toNodeHandler(routes) };
}

async function start(make: typeof express, settings: Settings, atEnd: AtEnd): Promise<number> {
  const { app, routes } = await application(make, settings, atEnd);
  app.use(routes);
  addLength(app);
  return listen(createServer(app), atEnd);
}

function addLength(app: express.Express): void {
  app.post('/length', (request, response) => {
    response.send(String((request.body as { text: string }).text.length));
  });
}

export const express5: Framework = {
  name: 'Express 5',
  start: (settings, atEnd) => start(express, settings, atEnd),
};

/** What is called here is the same in both, and their types are not. */
const like5 = (express4Module: unknown) => express4Module as typeof express;

export const expressOf4: Framework = {
  name: 'Express 4',
  start: (settings, atEnd) => start(like5(express4), settings, atEnd),
};

export const expressRouter: Framework = {
  name: 'Express 5, below a router',
  prefix: '/api',
  async start(settings, atEnd) {
    const { app, routes } = await application(express, { ...settings, basePath: '/connections' }, atEnd);
    const api = express.Router();
    api.use(routes);
    app.use('/api', api);
    addLength(app);
    return listen(createServer(app), atEnd);
  },
};
