/** Makes a request of the web platform from one of `node:http` or `node:http2`. */
import { nodeBody } from './node-body';

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
  return new Request(`${originOf(req)}${pathOf(path)}`, { method, headers, body, signal, duplex: 'half' });
}

function headersOf({ headers: given }: NodeRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name.startsWith(':')) continue;
    for (const one of Array.isArray(value) ? value : [value]) {
      try {
        headers.append(name, one);
      } catch {
        // A lenient parser lets through what no header may contain; nothing that is asked for here does.
      }
    }
  }
  const authority = given[':authority'];
  if (typeof authority === 'string' && !headers.has('host')) headers.set('host', authority);
  return headers;
}

/** Of the connection, and of the host that the client names; what proxies say of either is not looked at. */
function originOf({ headers, socket }: NodeRequest): string {
  const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http';
  const host = headers[':authority'] ?? headers['host'];
  const origin = `${scheme}://${typeof host === 'string' && /^[\w.:[\]-]+$/.test(host) ? host : 'localhost'}`;
  return URL.canParse(origin) ? origin : `${scheme}://localhost`;
}

/** A client of a proxy sends an absolute URL (RFC 9112 section 3.2.2), and `OPTIONS` may have `*`. */
function pathOf(path: string): string {
  if (path.startsWith('/')) return path;
  if (!URL.canParse(path)) return '/';
  const { pathname, search } = new URL(path);
  return `${pathname}${search}`;
}
