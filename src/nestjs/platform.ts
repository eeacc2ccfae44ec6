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
import { handlerPath } from './path';

/** A request, with the parameters of its route, decoded. */
export type HostRequest = (NodeRequest | (FastifyRequestLike & PlatformRequest)) & {
  readonly params: { readonly name: string; readonly action: string };
};

export type HostResponse = NodeResponse | FastifyReplyLike;

/** What the handler hands on to `user`. */
export interface RoutesContext {
  readonly request: PlatformRequest;
}

/**
 * @param base path of the routes
 * @param segments of the route below the base, decoded
 */
export async function answerOnPlatform(
  handler: ConnectionsHandler<RoutesContext>,
  request: HostRequest,
  response: HostResponse,
  base: string,
  segments: readonly string[],
): Promise<void> {
  const ofNode = 'raw' in response ? response.raw : response;
  const signal = departureOf(ofNode);
  // A `Request` would take them for steps to another route, past its guards.
  const isStep = segments.some((segment) => segment === '.' || segment === '..');
  const path = handlerPath(base, segments, request.url ?? '');
  const web = isStep ? null : webRequest('raw' in request ? withParsedBody(request) : request, path, signal);
  const answer = (web && (await handler(web, { request }))) ?? new Response(null, { status: 404 });
  giveUpRest('raw' in request ? request.raw : request, ofNode);
  await sendOnPlatform(response, answer, signal);
}

/** Sends an answer with the headers that the application has set before, such as those of CORS. */
export async function sendOnPlatform(
  response: HostResponse,
  answer: Response,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const raw = 'raw' in response ? response.raw : response;
  if (raw.headersSent) {
    // What the host began stays as it is, and ends.
    if ('end' in raw) (raw as NodeResponse).end();
    return;
  }
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
