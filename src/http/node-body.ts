/** The body of a request: as it comes in, or made again from what a body parser has left of it. */
import type { NodeRequest } from './node-request';
import type { NodeResponse } from './node-response';

type Body = ReadableStream<Uint8Array> | Uint8Array | string | null;

/**
 * @param headers of the request that will have the body; those that would no longer be true of it are changed
 * @param signal its reason is what reading fails with once the client has gone
 */
export function nodeBody(req: NodeRequest, headers: Headers, signal: AbortSignal): Body {
  if (!hasBody(req)) return null;
  return req.readableDidRead || req.readableEnded ? parsedBody(req.body, headers) : streamedBody(req, signal);
}

/** A content type alone does not announce one: some clients send it with each request. */
function hasBody({ method, headers, httpVersionMajor, stream }: NodeRequest): boolean {
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
