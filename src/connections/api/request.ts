/** A request of a host's in a form that can be sent more than once: again after a 401, and to where a redirect leads. */
import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import { hasCredentials } from '../../url';
import { orAborted } from '../abort';

export interface ApiRequest {
  /** Without a fragment. */
  readonly url: URL;
  readonly method: string;
  /** As the host has given them. */
  readonly headers: Headers;
  readonly body: NonNullable<RequestInit['body']> | null;
  readonly redirect: NonNullable<RequestInit['redirect']>;
  /** Of the answer that the caller gets (Subresource Integrity); empty: any. */
  readonly integrity: string;
  readonly signal: AbortSignal | undefined;
  /** What else the host has given: `duplex`, or `dispatcher`. */
  readonly others: RequestInit;
}

/** @throws TypeError as `fetch` does, and for the address of anything but a server */
export async function apiRequest(
  input: string | URL | Request,
  options?: RequestInit | null,
): Promise<ApiRequest> {
  const init = options ?? {};
  if (input instanceof Request || init instanceof Request) return ofRequest(input, init);
  const { headers, body = null, signal, ...others } = init;
  const url = apiUrl(String(input));
  // A `Request` checks the options now; `fetch` would refuse them only once there is a token.
  const { method, redirect, integrity } = isUsual(body, others)
    ? { method: others.method ?? 'GET', redirect: 'follow' as const, integrity: '' }
    : new Request(url, { ...others, body: likeBody(body) });
  return {
    url,
    method,
    headers: new Headers(headers),
    body: asItIsNow(body),
    redirect,
    integrity,
    signal: withManyListeners(signal),
    others,
  };
}

/**
 * Its body is read to the end: as a stream it would be sent without its length, which many an API wants. `credentials` means
 * nothing to Node's `fetch`, and a `dispatcher` within a `Request` cannot be read.
 */
async function ofRequest(input: string | URL | Request, init: RequestInit): Promise<ApiRequest> {
  const request = new Request(input, init);
  const { method, headers, redirect, integrity, cache, keepalive, mode, referrer, referrerPolicy } = request;
  const url = apiUrl(request.url);
  // Not that of the new `Request`, which is silent once the object is collected.
  const signal = withManyListeners(
    (init.signal === undefined && input instanceof Request ? input : init).signal,
  );
  signal?.throwIfAborted();
  // Left to itself when the signal ends the call: Node.js 24 ends the process where the stream of a form is cancelled.
  const body = request.body === null ? null : new Uint8Array(await orAborted(request.arrayBuffer(), signal));
  // What is undefined in the options leaves what the `Request` has.
  const given = Object.entries(init instanceof Request ? {} : init).filter(
    ([, value]) => value !== undefined,
  );
  const others = Object.fromEntries(given);
  return {
    url,
    method,
    headers,
    body,
    redirect,
    integrity,
    signal,
    others: { cache, keepalive, mode, referrer, referrerPolicy, ...others } as RequestInit,
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
  if (hasCredentials(url)) {
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

const WITH_BODY: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

/** Whether the options are certainly valid, as in most calls; then no `Request` has to be built, which is slow, to check them. */
function isUsual(body: ApiRequest['body'], { method = 'GET', ...others }: RequestInit): boolean {
  if (Object.keys(others).length > 0) return false;
  return method === 'GET'
    ? body === null
    : WITH_BODY.has(method) && (body === null || typeof body === 'string');
}

/** A stand-in of the same kind as the body, so that checking the options does not consume the body itself. */
function likeBody(body: ApiRequest['body']): ApiRequest['body'] {
  if (body === null || body instanceof ReadableStream) return body;
  return isStream(body) ? new ReadableStream() : '';
}

/** Whether the body is a stream, which is gone once it was sent. */
export function isSentOnce({ body }: ApiRequest): boolean {
  return isStream(body);
}

function isStream(
  body: ApiRequest['body'],
): body is ReadableStream | (AsyncIterable<Uint8Array> & ApiRequest['body']) {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** Ends a stream that will not be sent, as `fetch` does when it is aborted. What is being sent is left to `fetch`. */
export function abandon({ body }: ApiRequest, reason: unknown): void {
  if (body instanceof ReadableStream) void body.cancel(reason).catch(() => undefined);
  else if (body instanceof Readable) body.destroy();
  else if (isStream(body)) void endOf(body);
}

async function endOf(body: AsyncIterable<unknown>): Promise<void> {
  try {
    await body[Symbol.asyncIterator]().return?.();
  } catch {
    // The caller gets the error of the call.
  }
}

/** For `fetch`; redirects are ours to follow, and the last answer is ours to check. */
export function initOf(request: ApiRequest, headers: Headers = request.headers): RequestInit {
  const { method, body, signal = null, others } = request;
  return { ...others, method, headers, body, signal, redirect: 'manual', integrity: '' };
}

/** The same for a `fetch` that takes only texts, bytes and streams as a body, and adds no header that says what it is. */
export async function plainInitOf(request: ApiRequest): Promise<RequestInit> {
  if (request.body === null) return initOf(request);
  const whole = new Request(request.url, { ...initOf(request), signal: null });
  const body = isSentOnce(request) ? whole.body : new Uint8Array(await whole.arrayBuffer());
  return { ...initOf(request, whole.headers), body };
}
