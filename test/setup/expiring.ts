/** Connections at one token endpoint, and users of theirs whose tokens have expired. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, vi } from 'vitest';
import type { ConnectionsOptions } from '../../src';
import { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from './connected';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';
import { TokenEndpoint } from './token-endpoint';

export const send = (response: ServerResponse, status: number, body: object) =>
  void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));

export const tokens = (response: ServerResponse) =>
  send(response, 200, { access_token: 'new', refresh_token: 'next', token_type: 'Bearer', expires_in: 3600 });

export const outOfOrder = (response: ServerResponse) => send(response, 503, {});

export const none = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };

export class Expiring {
  readonly host: ConnectedHost;
  endpoint!: TokenEndpoint;
  /** How each connection is answered, given the body of the request; by default with tokens. */
  readonly answers = new Map<string, (response: ServerResponse, body: string) => void>();
  private readonly opened: Connections[] = [];

  /** To be called in a `describe`: each test begins with no tokens. */
  constructor(engine: EngineName) {
    this.host = ConnectedHost.forTests(engine);
    beforeEach(async () => {
      await this.host.rows.deleteAll();
      this.endpoint = await TokenEndpoint.start();
      this.endpoint.otherwise = (response, { path, body }) =>
        (this.answers.get(path.slice(1)) ?? tokens)(response, body);
    });
    afterEach(async () => {
      vi.useRealTimers();
      vi.restoreAllMocks();
      this.answers.clear();
      for (const connections of this.opened.splice(0)) await connections.close();
      await this.endpoint.stop();
    });
  }

  /** One replica that declares these connections. */
  connections(
    names: readonly string[],
    options: Partial<ConnectionsOptions> = {},
    dataSource = this.host.dataSource,
  ): Connections {
    const { origin } = this.endpoint;
    const declared = names.map((name) => {
      const oauth_config = {
        client_id: 'c',
        client_secret: 's',
        authorize_url: `${origin}/authorize`,
        token_url: `${origin}/${name}`,
      };
      return [name, entry({ oauth_config })];
    });
    const { cipher, logger } = this.host;
    const registry = this.host.registry(declaration(Object.fromEntries(declared)));
    const connections = new Connections({ dataSource, registry }, { cipher, logger, ...options });
    this.opened.push(connections);
    return connections;
  }

  /** So many users of a connection, `<name>-<refreshToken>-<index>`, whose tokens have expired that long ago. */
  async users(
    connections: Connections,
    name: string,
    count: number,
    agoMs = 1_000,
    refreshToken = 'rt',
  ): Promise<readonly string[]> {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const ids = Array.from({ length: count }, (_, index) => `${name}-${refreshToken}-${index}`);
    const { failures } = await connections.importAll(
      ids.map((userId) => ({ userId, connectionName: name, accessToken: 'at', refreshToken, expiresAt })),
    );
    if (failures.length > 0) throw new Error('not all tokens were imported');
    await this.host.rows
      .createQueryBuilder()
      .update()
      .set({ expiresAt: new Date(Date.now() - agoMs), updatedAt: new Date(Date.now() - agoMs - HOUR_MS) })
      .where('userId LIKE :pattern', { pattern: `${name}-${refreshToken}-%` })
      .execute();
    return ids;
  }

  /** Requests about a connection. */
  asked(name: string): number {
    return this.endpoint.requests.filter(({ path }) => path === `/${name}`).length;
  }
}
