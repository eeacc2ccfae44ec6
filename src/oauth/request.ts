/**
 * One HTTP request on a connection of its own, answered with a `Response`. Whatever the server sends ends in a result, a
 * rejection or a failed read: an exception in an event of Node's would end the host's process.
 */
import type { ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { Readable, pipeline } from 'node:stream';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { ACCEPTED_CODINGS, decodedBytes } from './content-coding';
import { USER_AGENT } from './exchange';

export type LookUp = NonNullable<RequestOptions['lookup']>;

/** As `fetch` sends them, so that a server answers both alike; the connection is closed all the same. */
const DEFAULT_HEADERS = {
  accept: '*/*',
  'accept-encoding': ACCEPTED_CODINGS,
  connection: 'keep-alive',
  'user-agent': USER_AGENT,
};

/** How long a server may be silent, in milliseconds. */
export interface Patience {
  /** Before its answer; `fetch` waits for five minutes. */
  readonly answerMs: number;
  /** While its answer is read; as long as `fetch` waits. */
  readonly bodyMs: number;
}

const PATIENCE: Patience = { answerMs: 60_000, bodyMs: 300_000 };

/**
 * Sends a request and decompresses its answer; redirects are not followed.
 * @param init its `body` is a text, bytes or a `ReadableStream`
 * @param patience default a minute for an answer, five for each part of its body
 */
export async function sendRequest(
  url: URL,
  init: RequestInit,
  lookup: LookUp,
  { answerMs, bodyMs } = PATIENCE,
): Promise<Response> {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise<Response>((resolve, reject) => {
    const sent = send(url, {
      method: init.method ?? 'GET',
      headers: {
        ...DEFAULT_HEADERS,
        ...withoutLength(new Headers(init.headers)),
        ...lengthOf(init.body),
      },
      signal: init.signal ?? undefined,
      // No connection is reused: it may have been checked for another host name.
      agent: false,
      lookup,
    });
    const fail = (error: unknown) => {
      reject(error);
      sent.destroy();
    };
    sent.on('error', reject);
    // Node gives no error when the server switches protocols and then closes the connection.
    sent.on('upgrade', (_incoming, socket) => {
      socket.destroy();
      fail(new Error('The server switched to another protocol.'));
    });
    sent.on('close', () => reject(new Error('The connection was closed before there was an answer.')));
    const silent = () => fail(new Error('The server does not answer.'));
    sent.setTimeout(answerMs, silent);
    sent.on('response', (incoming) => {
      sent.setTimeout(0);
      sent.off('timeout', silent);
      sent.on('timeout', () => incoming.destroy(new Error('The server fell silent within its answer.')));
      // The limit on silence counts only while the caller waits for data.
      const wait = (isWaiting: boolean) => sent.setTimeout(isWaiting ? bodyMs : 0);
      try {
        resolve(responseOf(incoming, init, wait));
      } catch (error) {
        fail(error);
      }
    });
    try {
      if (init.body instanceof ReadableStream) upload(init.body, sent, reject);
      else sent.end(init.body ?? undefined);
    } catch (error) {
      fail(error);
    }
  });
}

/** With the caller's length and encoding headers, a proxy and a server might disagree where the request ends. */
function withoutLength(headers: Headers): Record<string, string> {
  headers.delete('content-length');
  headers.delete('transfer-encoding');
  return Object.fromEntries(headers);
}

/** Node sends no length with methods such as DELETE: a server would take the body for the next request. */
function lengthOf(body: RequestInit['body']): Record<string, string> {
  if (body instanceof ReadableStream) return { 'transfer-encoding': 'chunked' };
  const isBytes = typeof body === 'string' || body instanceof Uint8Array;
  return isBytes && body.length > 0 ? { 'content-length': String(Buffer.byteLength(body)) } : {};
}

/** A stream that fails ends the request. */
function upload(body: ReadableStream, sent: ClientRequest, reject: (error: Error) => void): void {
  pipeline(Readable.fromWeb(body as NodeStream), sent, (error) => {
    if (error) reject(error);
  });
}

function responseOf(
  incoming: IncomingMessage,
  { method, signal }: RequestInit,
  wait: (isWaiting: boolean) => void,
): Response {
  // The reader of the body gets the error; without a listener one that comes before the first read would be uncaught.
  incoming.on('error', () => undefined);
  const status = incoming.statusCode ?? 0;
  if (status < 200 || status > 599) throw new Error(`The server answered status ${status}.`);
  const hasNoBody = method === 'HEAD' || status === 204 || status === 205 || status === 304;
  // A server may send a body all the same, without an end; after 205 Node's parser would read it for ever.
  if (hasNoBody) incoming.destroy();
  const headers = headersOf(incoming);
  const body = hasNoBody ? null : bodyOf(incoming, headers.get('content-encoding'), signal, wait);
  return new Response(body, { status, statusText: incoming.statusMessage ?? '', headers });
}

/** From the raw pairs: `headersDistinct` throws at a header named `__proto__` (CVE-2026-21710). */
function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}

/** Not `Readable.toWeb`, which enqueues in an event, where a stream that was cancelled meanwhile throws. */
function bodyOf(
  incoming: IncomingMessage,
  contentEncoding: string | null,
  signal: RequestInit['signal'],
  wait: (isWaiting: boolean) => void,
): ReadableStream<Uint8Array> {
  const chunks = decodedBytes(incoming, contentEncoding)[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        wait(true);
        const { done, value } = await chunks.next().catch((error: unknown) => {
          // Node says only that the connection was closed.
          throw signal?.aborted ? signal.reason : error;
        });
        wait(false);
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      cancel() {
        incoming.destroy();
      },
    },
    { highWaterMark: 0 },
  );
}
