/** A web site of a test's own: what stands at each path is data, and every request is kept in order. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SiteRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

type Answer = (response: ServerResponse, request: SiteRequest) => void;

/** What a path answers: an object as JSON with 200, or whatever a function does. */
export type Page = object | Answer;

export class Site {
  readonly requests: SiteRequest[] = [];
  readonly pages = new Map<string, Page>();

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly origin: string,
  ) {}

  static async open(atEnd: (cleanUp: () => Promise<void>) => void): Promise<Site> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const site = new Site(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void site.take(request, response));
    atEnd(async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    });
    return site;
  }

  /** The paths that were asked for, once each, in order. */
  get asked(): string[] {
    return [...new Set(this.requests.map(({ path }) => path))];
  }

  private async take(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const { method = '', url: path = '', headers } = message;
    const request = { method, path, headers, body: Buffer.concat(chunks).toString('utf8') };
    this.requests.push(request);
    const page = this.pages.get(path) ?? this.pages.get(path.split('?')[0] ?? '');
    if (typeof page === 'function') return page(response, request);
    if (page) return void response.setHeader('content-type', 'application/json').end(JSON.stringify(page));
    // As web servers answer for what is not there.
    response.writeHead(404, { 'content-type': 'text/html' }).end('<html><h1>404 Not Found</h1></html>');
  }
}

/** A page of a status and headers, its body as JSON. */
export function answer(
  status: number,
  body: unknown = {},
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return (response) =>
    void response
      .writeHead(status, { 'content-type': 'application/json', ...headers })
      .end(typeof body === 'string' ? body : JSON.stringify(body));
}
