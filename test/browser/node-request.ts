/** Between the requests of `node:http` and those of the web platform. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';

export function webRequest(request: IncomingMessage, origin: string): Request {
  const { method = 'GET' } = request;
  const hasBody = method !== 'GET' && method !== 'HEAD';
  const headers = Object.entries(request.headers).map(([name, value]): [string, string] => [
    name,
    String(value),
  ]);
  const body = hasBody ? { body: Readable.toWeb(request), duplex: 'half' } : {};
  return new Request(new URL(request.url ?? '/', origin), { method, headers, ...body } as RequestInit);
}

export async function answer(response: ServerResponse, made: Response): Promise<void> {
  response.statusCode = made.status;
  for (const [name, value] of made.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  response.setHeader('set-cookie', made.headers.getSetCookie());
  response.end(Buffer.from(await made.arrayBuffer()));
}
