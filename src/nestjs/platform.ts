/** Requests and responses as Nest hands them out: those of Express, which are of `node:http`, or those of Fastify. */
import { answerWith, headOf, type FastifyReplyLike, type FastifyRequestLike } from '../http/fastify';
import { type NodeRequest, giveUpRest, hasBody, webRequest } from '../http/node-request';
import { type NodeResponse, departureOf, send } from '../http/node-response';
import type { ConnectionsHandler } from '../http/options';
import type { PlatformRequest } from './options';

/** A request, with the parameters of its route, decoded. */
export type HostRequest = (NodeRequest | (FastifyRequestLike & PlatformRequest)) & {
  readonly params: { readonly name: string; readonly action: string };
};

export type HostResponse = NodeResponse | FastifyReplyLike;

/** What the handler hands on to `user`. */
export interface RoutesContext {
  readonly request: PlatformRequest;
}

type RawRequest = Pick<NodeRequest, 'method' | 'httpVersionMajor' | 'stream'> & {
  readonly headers: Record<string, string | string[] | undefined>;
};

/**
 * Front ends send `Content-Type: application/json` without a body, which the parsers of Fastify refuse. Middleware runs before them: a
 * request without a body then has no content type either.
 */
export function ignoreTypeOfEmptyBody(request: RawRequest, _response: unknown, next: () => void): void {
  if (!hasBody(request)) delete request.headers['content-type'];
  next();
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
  const { readableDidRead, readableEnded } = raw;
  const rest = () => raw[Symbol.asyncIterator]();
  return { ...headOf(raw), readableDidRead, readableEnded, body, [Symbol.asyncIterator]: rest };
}

/**
 * The address of a request without the global prefix. It is made of what the router has matched, so that no spelling of an address leads
 * the handler to another route than the guards were asked for.
 * @param base path of the routes
 * @param segments below it, decoded
 * @param url of the request, for its query
 */
function handlerPath(base: string, segments: readonly string[], url: string): string {
  const [withoutFragment = ''] = url.split('#');
  const query = withoutFragment.indexOf('?');
  const search = query < 0 ? '' : withoutFragment.slice(query);
  return `${[base, ...segments.map(encodeURIComponent)].join('/')}${search}`;
}
