/** A request of a host's in a form that can be sent more than once: again after a 401, and to where a redirect leads. */
import { setMaxListeners } from 'node:events';
import { orAborted } from './waiting';

const REDIRECT_MODES: ReadonlySet<string> = new Set(['follow', 'manual', 'error']);

export interface ApiRequest {
  /** Without a fragment. */
  readonly url: URL;
  readonly method: string;
  /** As the host has given them. */
  readonly headers: Headers;
  readonly body: NonNullable<RequestInit['body']> | null;
  readonly redirect: NonNullable<RequestInit['redirect']>;
  readonly signal: AbortSignal | undefined;
  /** What else the host has given: `duplex`, or `dispatcher`. */
  readonly others: RequestInit;
}

/** @throws TypeError as `fetch` does */
export async function apiRequest(
  input: string | URL | Request,
  options?: RequestInit | null,
): Promise<ApiRequest> {
  const init = options ?? {};
  if (input instanceof Request || init instanceof Request) return ofRequest(input, init);
  const { method = 'GET', headers, body = null, redirect = 'follow', signal, ...others } = init;
  if (!REDIRECT_MODES.has(redirect)) throw new TypeError(`There is no redirect mode '${redirect}'.`);
  return {
    url: apiUrl(String(input)),
    // As `fetch` writes those whose case does not matter.
    method: /^(?:get|head|post|put|delete|options)$/i.test(method) ? method.toUpperCase() : method,
    headers: new Headers(headers),
    body: asItIsNow(body),
    redirect,
    signal: withManyListeners(signal),
    others,
  };
}

/** Its body is read to the end: as a stream it would be sent without its length, which many an API wants. */
async function ofRequest(input: string | URL | Request, init: RequestInit): Promise<ApiRequest> {
  const request = new Request(input, init);
  const { method, headers, redirect } = request;
  // Not that of the new `Request`, which is silent once the object is collected.
  const signal = withManyListeners(
    (init.signal === undefined && input instanceof Request ? input : init).signal,
  );
  signal?.throwIfAborted();
  const body = request.body === null ? null : new Uint8Array(await orAborted(request.arrayBuffer(), signal));
  const { keepalive } = request;
  const others = init instanceof Request ? {} : init;
  return {
    url: apiUrl(request.url),
    method,
    headers,
    body,
    redirect,
    signal,
    others: { keepalive, ...others },
  };
}

/** Many calls may listen to one signal, as those of an MCP client do: no reason for Node to warn of a leak. */
function withManyListeners(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  try {
    if (signal) setMaxListeners(0, signal);
  } catch {
    // It is not one of Node's, which alone would warn.
  }
  return signal ?? undefined;
}

/**
 * The URL of a request, or of a redirect.
 * @throws TypeError for anything but an http or https URL without user name and password, as `fetch` does
 */
export function apiUrl(text: string, base?: URL): URL {
  const url = new URL(text, base);
  if (!/^https?:$/.test(url.protocol))
    throw new TypeError(`A request cannot be sent to a ${url.protocol} URL.`);
  if (url.username !== '' || url.password !== '') {
    throw new TypeError('A request cannot be sent to a URL with a user name or a password.');
  }
  url.hash = '';
  return url;
}

/** `fetch` reads a body before it returns; here a token is waited for first, while the host may use its buffer or its form again. */
function asItIsNow(body: ApiRequest['body']): ApiRequest['body'] {
  if (body instanceof URLSearchParams) return new URLSearchParams(body);
  if (body instanceof FormData) {
    const copy = new FormData();
    for (const [name, value] of body) copy.append(name, value);
    return copy;
  }
  if (body instanceof ArrayBuffer) return body.slice();
  if (!ArrayBuffer.isView(body)) return body;
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
}

/** Whether the body is a stream, which is gone once it was sent. */
export function isSentOnce({ body }: ApiRequest): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** For `fetch`; redirects are ours to follow. */
export function initOf(request: ApiRequest, headers: Headers = request.headers): RequestInit {
  const { method, body, signal = null, others } = request;
  return { ...others, method, headers, body, signal, redirect: 'manual' };
}

/** The same for a `fetch` that takes only texts, bytes and streams as a body, and adds no header that says what it is. */
export async function plainInitOf(request: ApiRequest): Promise<RequestInit> {
  if (request.body === null) return initOf(request);
  const whole = new Request(request.url, { ...initOf(request), signal: null });
  const body = isSentOnce(request) ? whole.body : new Uint8Array(await whole.arrayBuffer());
  return { ...initOf(request, whole.headers), body };
}
