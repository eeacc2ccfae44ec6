/** How requests reach a host: as a proxy in front of it sends them, over HTTP/1 or HTTP/2. */
import { once } from 'node:events';
import { request as send } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { connect } from 'node:http2';
import type { IncomingHttpHeaders } from 'node:http2';
import { text } from 'node:stream/consumers';

export interface Sent {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  /** The client leaves when it aborts. */
  readonly signal?: AbortSignal | undefined;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** @param port at 127.0.0.1 */
export type Transport = (port: number, sent: Sent) => Promise<Received>;

export const http1: Transport = async (port, { method, path, headers, body, signal }) => {
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
  const all = { ...headers, ...length };
  const request = send({ host: '127.0.0.1', port, method, path, headers: all, ...(signal && { signal }) });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
};

export const http2: Transport = async (port, { method, path, headers, body, signal }) => {
  const { host, ...others } = headers;
  const client = connect(`http://127.0.0.1:${port}`);
  const leave = () => client.destroy();
  signal?.addEventListener('abort', leave);
  try {
    const pseudo = { ':method': method, ':path': path, ':authority': host };
    const stream = client.request({ ...pseudo, ...others }, { endStream: body === undefined });
    if (body !== undefined) stream.end(body);
    const [answered] = (await once(stream, 'response', { signal })) as [
      IncomingHttpHeaders & { ':status': number },
    ];
    return { status: answered[':status'], headers: answered, body: await text(stream) };
  } finally {
    client.close();
  }
};
