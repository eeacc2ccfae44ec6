/** A user's API, and a place beside it that is none of its business: real sites, with a real authorization server behind the tokens. */
import { beforeAll, beforeEach } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import type { Connections, ConnectionsOptions } from '../../src';
import { atEndOfTests } from './at-end';
import { ConnectedHost, HOUR_MS } from './connected';
import type { EngineName } from './engine-name';
import type { Page } from './site';
import { Site } from './site';

export class ApiWorld {
  readonly host: ConnectedHost;
  /** Of the declared `url`. */
  api!: Site;
  /** At another origin. */
  other!: Site;

  /** To be called in a `describe`. */
  constructor(engine: EngineName) {
    this.host = ConnectedHost.forTests(engine);
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      this.api = await Site.open(atEnd);
      this.other = await Site.open(atEnd);
    });
    beforeEach(() => {
      for (const site of [this.api, this.other]) {
        site.pages.clear();
        site.requests.length = 0;
      }
      this.api.pages.set('/me', this.guarded());
    });
  }

  get url(): string {
    return `${this.api.origin}/me`;
  }

  config(more: JsonObject = {}) {
    return this.host.config({}, { url: `${this.api.origin}/mcp`, ...more });
  }

  connections(options: Partial<ConnectionsOptions> = {}, config = this.config()): Connections {
    return this.host.connections(options, config);
  }

  /** Lets the other site be asked without the guard, and without the token. */
  trusting(options: Partial<ConnectionsOptions> = {}, config = this.config()): Connections {
    return this.connections({ trustedOrigins: { [this.other.origin]: ['atlassian'] }, ...options }, config);
  }

  /** A new user's `fetch`, and the user's token, which lives. */
  async caller(
    connections = this.connections(),
    options: Parameters<Connections['fetchFor']>[2] = {},
  ): Promise<{ fetch: typeof globalThis.fetch; id: string; token: string }> {
    const { id, grant } = await this.host.user(connections, HOUR_MS);
    const fetch = connections.fetchFor(id, 'atlassian', options);
    return { fetch, id, token: grant.accessToken };
  }

  /** Answers 200 to a token that lives at the authorization server, with what was sent, and 401 to any other. */
  guarded(): Page {
    return (response, { method, headers, body }) => {
      const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
      void this.host.server.isLive(token).then((isLive) => {
        if (isLive) return response.end(JSON.stringify({ method, body }));
        return response.writeHead(401, { 'www-authenticate': 'Bearer error="invalid_token"' }).end('no');
      });
    };
  }
}

/** The `Authorization` of each request that arrived. */
export const authorizations = ({ requests }: Site) => requests.map(({ headers }) => headers.authorization);
