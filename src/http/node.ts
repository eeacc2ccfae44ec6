/** The handler behind `node:http`, `node:http2`, Connect and Express. */
import { describeError } from '../errors';
import { createLog, type Logger } from '../logging';
import { type OptionChecks, checkOptions, objectWith } from '../options';
import { giveUpRest, type NodeRequest, webRequest } from './node-request';
import { type NodeResponse, departureOf, send } from './node-response';
import { type ConnectionsHandler, requireHandler } from './options';

/** What `user` is given beside the request. */
export interface NodeContext<Req extends NodeRequest = NodeRequest, Res extends NodeResponse = NodeResponse> {
  /** With what other middleware has added to it, such as `session`. */
  readonly req: Req;
  /** The answer that is to be sent. */
  readonly res: Res;
}

/** Middleware of Connect and Express, and a listener of `node:http` and `node:http2`. */
export type NodeHandler<Req extends NodeRequest = NodeRequest, Res extends NodeResponse = NodeResponse> = (
  req: Req,
  res: Res,
  next?: (error?: unknown) => void,
) => Promise<void>;

/** The options of `toNodeHandler`. */
export interface NodeHandlerOptions {
  /** Told of what `user` throws where there is no `next` to take it. Default: process warnings. */
  readonly logger?: Logger | undefined;
}

/**
 * Makes of a handler the middleware of Connect and Express, and the listener of `node:http` and `node:http2`.
 *
 * A request that is not for the handler goes to `next`, or is a 404 where there is none. So does what `user` throws: to `next`, or else into
 * the log, with a 500 to the client. Body parsers may come before it. It works below a router: the whole path is tried first, then the
 * path below the router.
 * @param handler of `connectionsHandler`, whose `user` is given `{ req, res }`
 * @param options default none
 * @throws ConnectionsError `option_invalid`
 * @example
 * const handler = connectionsHandler(connections, { user: () => userId, afterwards: '/settings' });
 * const listener = toNodeHandler(handler); // app.use(listener), or createServer(listener)
 */
export function toNodeHandler<Req extends NodeRequest = NodeRequest, Res extends NodeResponse = NodeResponse>(
  handler: ConnectionsHandler<NodeContext<Req, Res>>,
  options: NodeHandlerOptions = {},
): NodeHandler<Req, Res> {
  requireHandler('toNodeHandler', handler);
  const log = createLog(checkOptions('toNodeHandler', options, checks).logger);
  return async (req, res, next) => {
    const signal = departureOf(res);
    try {
      const response = await responseTo(handler, req, res, signal);
      if (response) {
        giveUpRest(req, res);
        return await send(res, response, signal);
      }
    } catch (error) {
      if (signal.aborted && error === signal.reason) return;
      if (next) return next(error);
      log('error', `A request for connections failed: ${describeError(error)}`);
      return send(res, plain(500, 'Internal Server Error'), signal);
    }
    if (next) return next();
    return send(res, plain(404, 'Not Found'), signal);
  };
}

const checks: OptionChecks<NodeHandlerOptions> = { logger: objectWith('warn', 'error') };

async function responseTo<Req extends NodeRequest, Res extends NodeResponse>(
  handler: ConnectionsHandler<NodeContext<Req, Res>>,
  req: Req,
  res: Res,
  signal: AbortSignal,
): Promise<Response | undefined> {
  const { url = '/', originalUrl = url } = req;
  for (const path of new Set([originalUrl, url])) {
    const request = webRequest(req, path, signal);
    const response = request && (await handler(request, { req, res }));
    if (response) return response;
  }
  return undefined;
}

function plain(status: number, text: string): Response {
  return new Response(text, { status, headers: { 'content-type': 'text/plain; charset=utf-8' } });
}
