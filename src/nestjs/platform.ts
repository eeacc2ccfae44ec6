/** Requests and responses as Nest hands them out: those of Express, which are of `node:http`, or those of Fastify. */
import { answerWith } from '../http/fastify';
import type { FastifyReplyLike, FastifyRequestLike } from '../http/fastify';
import { giveUpRest } from '../http/node-body';
import type { NodeRequest } from '../http/node-request';
import { webRequest } from '../http/node-request';
import type { NodeResponse } from '../http/node-response';
import { departureOf, send } from '../http/node-response';
import type { ConnectionsHandler } from '../http/options';
import type { PlatformRequest } from './options';
import { pathWithoutPrefix } from './path';

export type HostRequest = NodeRequest | (FastifyRequestLike & PlatformRequest);

export type HostResponse = NodeResponse | FastifyReplyLike;

/** What the handler hands on to `user`. */
export interface RoutesContext {
  readonly request: PlatformRequest;
}

/**
 * @param base path of the routes
 * @param depth how many segments the route of the request has below the base
 */
export async function answerOnPlatform(
  handler: ConnectionsHandler<RoutesContext>,
  request: HostRequest,
  response: HostResponse,
  base: string,
  depth: number,
): Promise<void> {
  const raw = 'raw' in request ? withParsedBody(request) : request;
  const { url = '/', originalUrl = url } = 'raw' in request ? { url: request.url } : request;
  const path = pathWithoutPrefix(originalUrl, base, depth);
  const signal = departureOf('raw' in response ? response.raw : response);
  const web = webRequest(raw, path, signal);
  const answer = (web && (await handler(web, { request }))) ?? new Response(null, { status: 404 });
  if ('raw' in request && 'raw' in response) giveUpRest(request.raw, response.raw);
  await sendOnPlatform(response, answer, signal);
}

/** Sends an answer with the headers that the application has set before, such as those of CORS. */
export async function sendOnPlatform(
  response: HostResponse,
  answer: Response,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  if (!('raw' in response)) return send(response, answer, signal);
  if (!response.sent) await answerWith(response, answer);
}

/** Nest has parsers for Fastify that read the body before a controller is called. */
function withParsedBody({ raw, body }: FastifyRequestLike): NodeRequest {
  const { method, headers, httpVersionMajor, socket, stream, readableDidRead, readableEnded } = raw;
  return {
    method,
    headers,
    httpVersionMajor,
    socket,
    stream,
    readableDidRead,
    readableEnded,
    body,
    [Symbol.asyncIterator]: () => raw[Symbol.asyncIterator](),
  };
}
