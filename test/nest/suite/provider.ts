/** An authorization server for the time of a test: one use for each code and each refresh token, as strict providers have it. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineConnections } from 'mcp-connections';

export { keys } from './keys';

export class Provider {
  /** Refresh tokens that were used. */
  readonly spent: string[] = [];
  /** Given each refresh before it is answered. */
  onRefresh: () => Promise<void> = async () => undefined;
  #last = 0;
  readonly #valid = new Set<string>();

  private constructor(readonly origin: string) {}

  static async start(atEnd: (close: () => Promise<void>) => void): Promise<Provider> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const provider = new Provider(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.on('request', (request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => void provider.#answer(Buffer.concat(chunks).toString(), response));
    });
    atEnd(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return provider;
  }

  get document() {
    return defineConnections({
      mcpServers: {
        github: {
          url: `${this.origin}/mcp`,
          display_name: 'GitHub',
          oauth_config: {
            client_id: 'host',
            authorize_url: `${this.origin}/authorize`,
            token_url: `${this.origin}/token`,
          },
        },
      },
    });
  }

  /** Holds each refresh from now on; `goOn` lets the latest go on. */
  hold(): { readonly isAsked: Promise<void>; readonly goOn: () => void } {
    let goOn = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => {
      this.onRefresh = () =>
        new Promise<void>((answer) => {
          goOn = answer;
          resolve();
        });
    });
    return { isAsked, goOn: () => goOn() };
  }

  /** A refresh token that has not been issued before. */
  issue(): string {
    const token = `refresh-${++this.#last}`;
    this.#valid.add(token);
    return token;
  }

  async #answer(body: string, response: ServerResponse): Promise<void> {
    const form = new URLSearchParams(body);
    if (form.get('grant_type') === 'refresh_token') {
      const given = form.get('refresh_token') ?? '';
      this.spent.push(given);
      if (!this.#valid.delete(given)) {
        response.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_grant"}');
        return;
      }
      await this.onRefresh();
    }
    const tokens = {
      access_token: `access-${this.#last + 1}`,
      refresh_token: this.issue(),
      token_type: 'Bearer',
    };
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify({ ...tokens, expires_in: 3600 }));
  }
}
