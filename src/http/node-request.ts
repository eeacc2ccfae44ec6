/**
 * Makes a request of the web platform from one of `node:http` or `node:http2`. Its body is as it comes in, or made again from what a
 * body parser has left of it.
 */
import type { NodeResponse } from './node-response';
import { parseUrl } from '../url';

/** A request as `node:http`, `node:http2`, Connect, Express and Fastify have it. */
export interface NodeRequest extends AsyncIterable<unknown> {
  /** `GET` and the like. */
  readonly method?: string | undefined;
  /** Path and query; below a mounted router, what follows the path of the router. */
  readonly url?: string | undefined;
  /** Path and query as they were requested, where routers are mounted. */
  readonly originalUrl?: string | undefined;
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** 1 or 2. */
  readonly httpVersionMajor: number;
  /** Whether anything was read of the body. */
  readonly readableDidRead: boolean;
  /** Whether the body was read to its end. */
  readonly readableEnded: boolean;
  /** What a body parser has made of the body. */
  readonly body?: unknown;
  /** Of TLS, or not. */
  readonly socket: object;
  /** Of HTTP/2. */
  readonly stream?: NodeStream | undefined;
}

/** A stream of `node:http2`, which is a request and its answer. */
interface NodeStream {
  readonly endAfterHeaders?: boolean | undefined;
  once(event: 'finish', listener: () => void): unknown;
  destroy(): unknown;
}

/** `Request` cannot have them. */
const impossibleMethods = new Set(['CONNECT', 'TRACE', 'TRACK']);

/**
 * @param path path and query, or an absolute URL of which no more is used
 * @param signal aborts when the client goes away
 * @returns undefined when the web platform has no such request
 */
export function webRequest(req: NodeRequest, path: string, signal: AbortSignal): Request | undefined {
  const { method = 'GET' } = req;
  if (impossibleMethods.has(method.toUpperCase())) return undefined;
  const headers = headersOf(req);
  const body = nodeBody(req, headers, signal);
  return new Request(`${requestOrigin(req)}${pathOf(path)}`, {
    method,
    headers,
    body,
    signal,
    duplex: 'half',
  });
}

function headersOf({ headers: given }: NodeRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      try {
        headers.append(name, one);
      } catch {
        // A lenient HTTP parser lets invalid values through. Such headers are dropped: the handler needs none of them.
      }
    }
  }
  const authority = given[':authority'];
  if (typeof authority === 'string' && !headers.has('host')) headers.set('host', authority);
  return headers;
}

/** Of the connection, and of the host that the client names; what proxies say of either is not looked at. */
function requestOrigin({ headers, socket }: NodeRequest): string {
  const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
  const host = headers[':authority'] ?? headers['host'];
  const origin = `${scheme}://${typeof host === 'string' && /^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
  return parseUrl(origin) ? origin : `${scheme}://localhost`;
}

/** A client of a proxy sends an absolute URL (RFC 9112 section 3.2.2), and `OPTIONS` may have `*`. */
function pathOf(path: string): string {
  if (path.startsWith('/')) return path;
  const url = parseUrl(path);
  return url ? `${url.pathname}${url.search}` : '/';
}

type Body = ReadableStream<Uint8Array> | Uint8Array | string | null;

/**
 * @param headers of the request that will have the body; those that would no longer be true of it are changed
 * @param signal its reason is what reading fails with once the client has gone
 */
function nodeBody(req: NodeRequest, headers: Headers, signal: AbortSignal): Body {
  if (!hasBody(req)) return null;
  return req.readableDidRead || req.readableEnded ? parsedBody(req.body, headers) : streamedBody(req, signal);
}

/** A content type alone does not announce one: some clients send it with each request. */
export function hasBody({
  method,
  headers,
  httpVersionMajor,
  stream,
}: Pick<NodeRequest, 'method' | 'headers' | 'httpVersionMajor' | 'stream'>): boolean {
  if (method === undefined || method === 'GET' || method === 'HEAD') return false;
  if (headers['content-length'] !== undefined) return headers['content-length'] !== '0';
  return httpVersionMajor < 2 ? headers['transfer-encoding'] !== undefined : stream?.endAfterHeaders !== true;
}

/**
 * Keeps what is left of a body that was not read to its end out of the way of the next request: over HTTP/1 the connection closes after
 * the answer, over HTTP/2 the stream does, which otherwise would keep its session open.
 */
export function giveUpRest(
  { httpVersionMajor, readableDidRead, readableEnded, stream }: NodeRequest,
  res: Pick<NodeResponse, 'headersSent' | 'setHeader'>,
): void {
  if (!readableDidRead || readableEnded || res.headersSent) return;
  if (httpVersionMajor < 2) res.setHeader('connection', 'close');
  else stream?.once('finish', () => stream.destroy());
}

/** Reads nothing before it is asked to: a request that is not for the handler has to reach the next one whole. */
function streamedBody(req: NodeRequest, signal: AbortSignal): ReadableStream<Uint8Array> {
  let chunks: AsyncIterator<unknown> | undefined;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        chunks ??= req[Symbol.asyncIterator]();
        try {
          const { done = false, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array));
        } catch (error) {
          controller.error(signal.aborted ? signal.reason : error);
        }
      },
    },
    { highWaterMark: 0 },
  );
}

function parsedBody(parsed: unknown, headers: Headers): Body {
  for (const name of ['content-length', 'content-encoding', 'transfer-encoding']) headers.delete(name);
  if (parsed === undefined || parsed === null) return null;
  if (typeof parsed === 'string' || parsed instanceof Uint8Array) return parsed;
  if (/^application\/([\w.-]+\+)?json\b/i.test(headers.get('content-type') ?? ''))
    return JSON.stringify(parsed);
  headers.set('content-type', 'application/x-www-form-urlencoded');
  return formOf(parsed).toString();
}

/** Fields inside of others are left out: no form of the handler has any. */
function formOf(parsed: object): URLSearchParams {
  const form = new URLSearchParams();
  for (const [name, value] of Object.entries(parsed)) {
    for (const one of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (typeof one === 'string' || typeof one === 'number' || typeof one === 'boolean')
        form.append(name, `${one}`);
    }
  }
  return form;
}
