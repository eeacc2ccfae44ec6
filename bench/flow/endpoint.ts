/** A token endpoint on this machine that answers any code with tokens of 1 KB, at once, and keeps what it was asked last. */
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN_LENGTH = 1024;

export class TokenEndpoint {
  /** The form of the latest request. */
  asked = new URLSearchParams();
  private given = 0;
  private readonly server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.once('end', () => {
      this.asked = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
      this.given += 1;
      const answer = {
        access_token: `access-${this.given}-`.padEnd(TOKEN_LENGTH, 'a'),
        refresh_token: `refresh-${this.given}-`.padEnd(TOKEN_LENGTH, 'r'),
        token_type: 'Bearer',
        expires_in: 3600,
      };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });

  /** The access token of the latest answer. */
  get latest(): string {
    return `access-${this.given}-`.padEnd(TOKEN_LENGTH, 'a');
  }

  /** @returns its address */
  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/token`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
