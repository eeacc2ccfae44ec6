/** One HTTP exchange with a server, bounded in time and size, without following redirects. The caller judges the answer. */
import { version } from '../../package.json';
import { ConnectionsError } from '../errors';
import { inTime } from './in-time';

/** A function with the signature of `fetch`; it must obey `redirect: 'manual'`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ExchangeOptions {
  readonly fetch: Fetch;
  /** Milliseconds for the whole exchange, body included. */
  readonly timeoutMs: number;
  /** When the call that this exchange is part of has to end, of `performance.now()`; undefined: no deadline. */
  readonly deadline?: number | undefined;
}

/** An answer before it is interpreted. */
export interface RawAnswer {
  readonly status: number;
  readonly contentType: string | null;
  /** RFC 9110 section 10.2.3: seconds, or a date. */
  readonly retryAfter: string | null;
  /** RFC 9111 section 5.2. */
  readonly cacheControl: string | null;
  readonly location: string | null;
  readonly body: string;
}

/** Web application firewalls refuse requests that name no program. */
export const USER_AGENT = `mcp-connections/${version}`;

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Whether a status leads to another address (RFC 9110 section 15.4). */
export function isRedirectStatus(status: number): boolean {
  return REDIRECTS.has(status);
}

/** Whether a status says that the server may answer otherwise later. */
export function isOutage(status: number): boolean {
  return status === 429 || status >= 500;
}

/** Of a body; a larger answer counts as none. */
const MAX_BYTES = 1_000_000;

/** How long an exchange that begins now may take, in milliseconds; 0 when its deadline has passed. */
export function timeLeft({ timeoutMs, deadline }: ExchangeOptions): number {
  return deadline === undefined ? timeoutMs : Math.max(Math.min(timeoutMs, deadline - performance.now()), 0);
}

/** @returns null when there was no complete answer: no connection, no time left, too late, too large */
export async function exchange(
  url: string,
  init: RequestInit,
  how: ExchangeOptions,
): Promise<RawAnswer | null> {
  return exchangeWith(url, init, how, readAnswer);
}

/** As `exchange`, for an answer whose body is not wanted: a stream that is not read would hold the connection open. */
export async function exchangeHead(
  url: string,
  init: RequestInit,
  how: ExchangeOptions,
): Promise<Pick<Response, 'status' | 'headers'> | null> {
  return exchangeWith(url, init, how, async (response) => {
    discard(response);
    const { status, headers } = response;
    return { status, headers };
  });
}

/** Why an exchange that has its answer is aborted, when nothing waits any more. A new error for each would nearly double the cost of the abort. */
const OVER = new DOMException('This exchange is over.', 'AbortError');

async function exchangeWith<Answer>(
  url: string,
  init: RequestInit,
  how: ExchangeOptions,
  read: (response: Response, signal: AbortSignal) => Promise<Answer | null>,
): Promise<Answer | null> {
  const left = timeLeft(how);
  if (left === 0) return null;
  const abort = new AbortController();
  const headers = { ...Object.fromEntries(new Headers(init.headers)), 'user-agent': USER_AGENT };
  const whole = async () => {
    const response = await how.fetch(url, {
      ...init,
      headers,
      redirect: 'manual',
      signal: abort.signal,
    });
    return read(response, abort.signal);
  };
  let answer: Answer | null = null;
  try {
    // Besides the abort signal, which a `fetch` of the host's may ignore.
    answer = await inTime(whole().catch(nothing), left, () => null);
    return answer;
  } finally {
    // After a whole answer, too: `fetch` may still be reading a body that it does not show, as Node's does after 205.
    abort.abort(answer === null ? undefined : OVER);
  }
}

/** A refused address is an error to report; anything else is a failed connection. */
function nothing(error: unknown): null {
  if (error instanceof ConnectionsError) throw error;
  return null;
}

async function readAnswer(response: Response, signal: AbortSignal): Promise<RawAnswer | null> {
  const { status, headers } = response;
  const body = await textOf(response, signal);
  if (body === null || !Number.isInteger(status)) return null;
  return {
    status,
    body,
    contentType: headers.get('content-type'),
    retryAfter: headers.get('retry-after'),
    cacheControl: headers.get('cache-control'),
    location: headers.get('location'),
  };
}

/** "UTF-8 decode" of the Encoding standard, as in `Response.text()`: a byte order mark at the start is dropped. */
const UTF_8 = new TextDecoder();

/** Counts what is read, not what `content-length` says: a `fetch` may have decompressed the body. */
async function textOf({ body }: Response, signal: AbortSignal): Promise<string | null> {
  if (!body) return '';
  // One buffer, since a megabyte in chunks of one byte each would be a hundred.
  let read = Buffer.alloc(0);
  let bytes = 0;
  const reader = body.getReader();
  // A `fetch` of the host's may ignore the signal; without a reader its stream ends.
  const stop = () => void cancel(reader);
  if (signal.aborted) stop();
  signal.addEventListener('abort', stop, { once: true });
  for (;;) {
    const { done, value } = await reader.read();
    if (done) {
      signal.removeEventListener('abort', stop);
      return signal.aborted ? null : UTF_8.decode(read.subarray(0, bytes));
    }
    const end = bytes + value.byteLength;
    if (!(end <= MAX_BYTES)) return null;
    if (end > read.length) read = Buffer.concat([read], Math.max(end, 2 * read.length));
    read.set(value, bytes);
    bytes = end;
  }
}

/** Ends a body that is not wanted. */
export function discard({ body }: Pick<Response, 'body'>): void {
  if (body) void cancel(body);
}

/** Never throws, whatever the stream of a host's `fetch` is. */
async function cancel(stream: { cancel(): Promise<void> }): Promise<void> {
  try {
    await stream.cancel();
  } catch {
    // It is not read any more in any case.
  }
}
