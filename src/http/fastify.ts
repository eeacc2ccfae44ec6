/** The handler as a plugin of Fastify, in a scope of its own, where no parser refuses a form or a content type without a body. */
import { giveUpRest, type NodeRequest, webRequest } from './node-request';
import { departureOf, headersBeside, type NodeResponse } from './node-response';
import { type ConnectionsHandler, requireHandler } from './options';

/** A request of Fastify. */
export interface FastifyRequestLike {
  /** Of `node:http` or `node:http2`. */
  readonly raw: NodeRequest;
  /** Path and query. */
  readonly url: string;
  /** What the parser of the scope has kept: the stream of the body. */
  readonly body?: unknown;
}

/** A reply of Fastify. */
export interface FastifyReplyLike {
  /** Of `node:http` or `node:http2`. */
  readonly raw: Omit<NodeResponse, 'end' | 'statusCode' | 'getHeader'>;
  /** Whether the host has answered. */
  readonly sent: boolean;
  code(status: number): unknown;
  getHeader(name: string): number | string | string[] | undefined;
  header(name: string, value: string | string[]): unknown;
  send(body?: Uint8Array): unknown;
  callNotFound(): unknown;
}

/** What `user` is given beside the request. */
export interface FastifyContext<
  Req extends FastifyRequestLike = FastifyRequestLike,
  Reply extends FastifyReplyLike = FastifyReplyLike,
> {
  /** With what other plugins have added to it, such as `session`. */
  readonly request: Req;
  /** The answer that is to be sent. */
  readonly reply: Reply;
}

/** An instance of Fastify, as far as the plugin uses it. */
interface FastifyScope {
  removeAllContentTypeParsers(): unknown;
  addContentTypeParser(
    contentType: string,
    options: object,
    parser: (request: unknown, payload: unknown, done: (error: null, body: unknown) => void) => void,
  ): unknown;
  route(route: {
    method: string[];
    url: string;
    handler: (request: unknown, reply: unknown) => Promise<unknown>;
  }): unknown;
}

/** A plugin, to be registered with the base path of the handler as its `prefix`. */
export type FastifyPlugin = (scope: FastifyScope, options: unknown) => Promise<void>;

/**
 * Makes a plugin of a handler. The hooks of the host run for its routes, before and after.
 * @param handler of `connectionsHandler`, whose `user` is given `{ request, reply }`
 * @returns takes the requests below the `prefix` with which it is registered, which has to be the `basePath` of the handler
 * @throws ConnectionsError `option_invalid`
 * @example
 * const handler = connectionsHandler(connections, { user: () => userId, afterwards: '/settings' });
 * const plugin = toFastifyPlugin(handler); // app.register(plugin, { prefix: '/connections' })
 */
export function toFastifyPlugin<
  Req extends FastifyRequestLike = FastifyRequestLike,
  Reply extends FastifyReplyLike = FastifyReplyLike,
>(handler: ConnectionsHandler<FastifyContext<Req, Reply>>): FastifyPlugin {
  requireHandler('toFastifyPlugin', handler);
  const answer = async (request: Req, reply: Reply) => {
    const signal = departureOf(reply.raw);
    const web = webRequest(withPayload(request), request.url, signal);
    const response = web && (await handler(web, { request, reply }));
    if (!response) reply.callNotFound();
    else if (!reply.sent) {
      giveUpRest(request.raw, reply.raw);
      await answerWith(reply, response);
    }
    return reply;
  };
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', {}, (_request, payload, done) => done(null, payload));
    for (const url of ['/', '/*'])
      scope.route({
        method: [...methods],
        url,
        handler: (request, reply) => answer(request as Req, reply as Reply),
      });
  };
}

/** All that Fastify knows of, so that the handler says which of them it allows. */
const methods = ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS', 'PUT', 'PATCH'];

/** The request whose body is what hooks such as those that decompress have made of it. */
function withPayload({ raw, body }: FastifyRequestLike): NodeRequest {
  const payload = (body ?? raw) as AsyncIterable<unknown>;
  const unread = { readableDidRead: false, readableEnded: false };
  return { ...headOf(raw), ...unread, [Symbol.asyncIterator]: () => payload[Symbol.asyncIterator]() };
}

type RequestHead = Pick<NodeRequest, 'method' | 'headers' | 'httpVersionMajor' | 'socket' | 'stream'>;

/** A request without its body, to be given another: what a stream inherits is not copied by a spread. */
export function headOf({ method, headers, httpVersionMajor, socket, stream }: NodeRequest): RequestHead {
  return { method, headers, httpVersionMajor, socket, stream };
}

/** Sends an answer through the hooks of Fastify, which keep the headers that other plugins have set. */
export async function answerWith(
  reply: Pick<FastifyReplyLike, 'code' | 'getHeader' | 'header' | 'send'>,
  response: Response,
): Promise<void> {
  const body = response.body && Buffer.from(await response.arrayBuffer());
  reply.code(response.status);
  for (const [name, value] of headersBeside(response, (known) => reply.getHeader(known))) {
    // Fastify adds cookies to those that are there.
    reply.header(name, name === 'set-cookie' ? response.headers.getSetCookie() : value);
  }
  if (body) reply.send(body);
  else reply.send();
}
