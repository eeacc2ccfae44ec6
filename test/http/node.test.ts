/** Whom a request goes to: the handler, what comes after it, or nobody. */
import { describe, expect, it, vi } from 'vitest';
import { toFastifyPlugin } from '../../src/http/fastify';
import { toNextHandler } from '../../src/http/next';
import { toNodeHandler } from '../../src/http/node';
import type { ConnectionsHandler } from '../../src/http/options';
import { failureOf } from '../setup/code-of';
import { recordingLogger } from '../setup/recording-logger';
import type { Listener } from './listening';
import { listening, said } from './listening';

/** Answers below `/connections` with the path that it was given. */
const handler: ConnectionsHandler = async ({ url }) => {
  const { pathname } = new URL(url);
  return pathname.startsWith('/connections') ? new Response(pathname) : undefined;
};

/** As a router at `/api` changes a request. */
const mounted =
  (listener: Listener): Listener =>
  (req, res) => {
    const originalUrl = req.url ?? '';
    listener(Object.assign(req, { originalUrl, url: originalUrl.replace(/^\/api/, '') }), res);
  };

async function fetched(listener: Listener, path: string, init: RequestInit = {}) {
  const response = await fetch(`http://127.0.0.1:${await listening(listener)}${path}`, init);
  return [response.status, await response.text()];
}

describe('a request', () => {
  it('is answered by the handler', async () => {
    const next = vi.fn<() => void>();
    expect(
      await fetched((req, res) => void toNodeHandler(handler)(req, res, next), '/connections/a'),
    ).toEqual([200, '/connections/a']);
    expect(next).not.toHaveBeenCalled();
  });

  it('that is not for the handler goes on, without an error', async () => {
    const told: unknown[][] = [];
    const listener: Listener = (req, res) =>
      toNodeHandler(handler)(req, res, (...given) => {
        told.push(given);
        res.end('next');
      });
    expect(await fetched(listener, '/elsewhere')).toEqual([200, 'next']);
    expect(told).toEqual([[]]);
  });

  it('that is for nobody is a 404', async () => {
    expect(await fetched(toNodeHandler(handler), '/elsewhere')).toEqual([404, 'Not Found']);
  });

  it('below a router is looked for by its whole path first', async () => {
    expect(
      await fetched(mounted(toNodeHandler(async ({ url }) => new Response(url.slice(-6)))), '/api/b'),
    ).toEqual([200, '/api/b']);
  });

  it('below a router is looked for by the path below it, too', async () => {
    expect(await fetched(mounted(toNodeHandler(handler)), '/api/connections/a')).toEqual([
      200,
      '/connections/a',
    ]);
    expect(await fetched(mounted(toNodeHandler(handler)), '/api/elsewhere')).toEqual([404, 'Not Found']);
  });

  it('is asked about once where there is no router', async () => {
    const asked = vi.fn<ConnectionsHandler>(async () => undefined);
    await fetched(toNodeHandler(asked), '/elsewhere');
    expect(asked).toHaveBeenCalledTimes(1);
  });

  it('whose method the web platform does not have goes on', async () => {
    const port = await listening(toNodeHandler(handler));
    expect(await said(port, ['TRACE /connections HTTP/1.1', 'Host: a.test'])).toMatch(/^HTTP\/1\.1 404 /);
  });

  it('comes with itself and the answer that Node.js made for it', async () => {
    const listener: Listener = (req, res) =>
      toNodeHandler(async (_request, context) => Response.json([context.req === req, context.res === res]))(
        req,
        res,
      );
    expect(await fetched(listener, '/')).toEqual([200, '[true,true]']);
  });
});

describe('an error of the host', () => {
  const failure = new Error('the session store is down');
  const failing = async () => Promise.reject(failure);

  it('goes to what comes after the handler, as it is', async () => {
    const told: unknown[] = [];
    const listener: Listener = (req, res) =>
      toNodeHandler(failing)(req, res, (error) => {
        told.push(error);
        res.writeHead(503).end('down');
      });
    expect(await fetched(listener, '/')).toEqual([503, 'down']);
    expect(told).toEqual([failure]);
  });

  it('is a 500 that does not show it, and a line of the log, where nothing comes after', async () => {
    const logger = recordingLogger();
    expect(await fetched(toNodeHandler(failing, { logger }), '/')).toEqual([500, 'Internal Server Error']);
    expect(logger.lines).toEqual(['error: A request for connections failed: the session store is down']);
  });
});

describe('what is given', () => {
  const wrong = {} as ConnectionsHandler;

  it.each([
    ['toNodeHandler', () => toNodeHandler(wrong)],
    ['toNextHandler', () => toNextHandler(wrong)],
    ['toFastifyPlugin', () => toFastifyPlugin(wrong)],
  ])('to %s has to be a handler', async (name, fit) => {
    expect(await failureOf(fit)).toMatchObject({
      code: 'option_invalid',
      message: `The first argument of \`${name}\` must be what \`connectionsHandler\` returns.`,
    });
  });

  it.each([{ log: console }, { logger: {} }])('as options has to be options: %j', async (options) => {
    const fit = () => toNodeHandler(handler, options as object);
    expect(await failureOf(fit)).toHaveProperty('code', 'option_invalid');
  });
});
