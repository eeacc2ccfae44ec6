/** A small strict token endpoint: it answers what a test has queued, and nothing else; each request is kept. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Responder = (response: ServerResponse, request: ReceivedRequest) => void;

export class TokenEndpoint {
  readonly requests: ReceivedRequest[] = [];
  /** For requests that nothing is queued for; without it, they are unexpected. */
  otherwise: Responder | null = null;
  private readonly responders: Responder[] = [];
  private readonly unexpected: ReceivedRequest[] = [];

  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    readonly origin: string,
  ) {}

  static async start(): Promise<TokenEndpoint> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const endpoint = new TokenEndpoint(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => void endpoint.take(request, response));
    return endpoint;
  }

  get url(): string {
    return `${this.origin}/token`;
  }

  /** For the next request. */
  next(responder: Responder): void {
    this.responders.push(responder);
  }

  /** For the next request: a status and a body, an object as JSON. */
  nextAnswer(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): void {
    const isText = typeof body === 'string';
    this.next((response) =>
      response
        .writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json', ...headers })
        .end(isText ? body : JSON.stringify(body)),
    );
  }

  /** Stops, and throws when a queued answer was not asked for or a request was not expected. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    const { responders, unexpected } = this;
    if (responders.length > 0) throw new Error(`${responders.length} answers were not asked for`);
    if (unexpected.length > 0)
      throw new Error(`unexpected: ${unexpected.map(({ path }) => path).join(', ')}`);
  }

  private async take(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const request: ReceivedRequest = {
      method: message.method ?? '',
      path: message.url ?? '',
      headers: message.headers,
      body: Buffer.concat(chunks).toString('utf8'),
    };
    this.requests.push(request);
    const responder = this.responders.shift() ?? this.otherwise;
    if (responder) return responder(response, request);
    this.unexpected.push(request);
    response.writeHead(500).end();
  }
}
