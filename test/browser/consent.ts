/** The page on which the provider asks its user, so that a flow can stay there for a while. */
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuthorizationServer } from '../setup/authorization-server';

export class Consent {
  private constructor(
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(provider: AuthorizationServer): Promise<Consent> {
    const server = createServer((request, response) => {
      const { search } = new URL(request.url ?? '/', 'http://127.0.0.1');
      const next = `${provider.issuer}/auth${search}`.replaceAll('&', '&amp;');
      response.setHeader('content-type', 'text/html; charset=utf-8');
      response.end(`<!doctype html><html lang="en"><title>Provider</title><a href="${next}">Continue</a>`);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new Consent(`http://127.0.0.1:${(server.address() as AddressInfo).port}/consent`, server);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
