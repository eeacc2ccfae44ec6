/** One HTTP exchange with a server, bounded in time and size, without following redirects. The caller judges the answer. */
import { ConnectionsError } from '../errors';

/** A function with the signature of `fetch`; it must obey `redirect: 'manual'`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface ExchangeOptions {
  readonly fetch: Fetch;
  /** Milliseconds for the whole exchange, body included. */
  readonly timeoutMs: number;
  /** When all requests of a call have to be over, by `performance.now()`; undefined: no limit. */
  readonly deadline?: number;
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

/** Of a body; a larger answer counts as none. */
const MAX_BYTES = 1_000_000;

/** Milliseconds for the next request; 0 when the time of the call is over. */
export function timeLeft({ timeoutMs, deadline }: Pick<ExchangeOptions, 'timeoutMs' | 'deadline'>): number {
  return deadline === undefined ? timeoutMs : Math.max(Math.min(timeoutMs, deadline - performance.now()), 0);
}

/** @returns null when there was no complete answer: no connection, too late, too large */
export async function exchange(
  url: string,
  init: RequestInit,
  { fetch, ...times }: ExchangeOptions,
): Promise<RawAnswer | null> {
  const left = timeLeft(times);
  if (left === 0) return null;
  const abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  // Besides the abort signal, which a `fetch` of the host's may ignore.
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, left, null);
  });
  let isWhole = false;
  const whole = async () => {
    const response = await fetch(url, { ...init, redirect: 'manual', signal: abort.signal });
    const body = await textOf(response);
    if (body === null) return null;
    isWhole = true;
    const { status, headers } = response;
    return {
      status,
      body,
      contentType: headers.get('content-type'),
      retryAfter: headers.get('retry-after'),
      cacheControl: headers.get('cache-control'),
      location: headers.get('location'),
    };
  };
  try {
    return await Promise.race([whole().catch(nothing), late]);
  } finally {
    clearTimeout(timer);
    if (!isWhole) abort.abort();
  }
}

/** A refused address is an error to report; anything else is a failed connection. */
function nothing(error: unknown): null {
  if (error instanceof ConnectionsError) throw error;
  return null;
}

async function textOf(response: Response): Promise<string | null> {
  if (!response.body) return '';
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks).toString('utf8');
    bytes += value.length;
    if (bytes > MAX_BYTES) return null;
    chunks.push(value);
  }
}
