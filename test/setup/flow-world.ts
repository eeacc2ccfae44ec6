/** Flows of one user at a provider that answers when a test says so, and that revokes what it is asked to. */
import { afterEach, beforeEach, vi } from 'vitest';
import type { AuthorizeOptions, Connections, ConnectionsOptions } from '../../src';
import { ConnectionOAuthState } from '../../src';
import { ConnectedHost } from './connected';
import type { EngineName } from './engine-name';
import { TokenEndpoint } from './token-endpoint';

const NAME = 'atlassian';
/** More than a lease lasts, and than a clock may be wrong. */
const A_MINUTE_MS = 60_000;
/** The clocks by which a process measures how long something takes. */
const clocks = { now: performance.now.bind(performance), uptime: process.uptime.bind(process) };

export class FlowWorld {
  readonly host: ConnectedHost;
  endpoint!: TokenEndpoint;
  connections!: Connections;
  userId = '';
  private users = 0;
  private aheadMs = 0;

  /** To be called in a `describe`, each of whose tests gets a user and an endpoint of its own. */
  constructor(engine: EngineName) {
    this.host = ConnectedHost.forTests(engine);
    beforeEach(async () => {
      this.endpoint = await TokenEndpoint.start();
      this.endpoint.otherwise = (response, { path }) =>
        void response.writeHead(path === '/revoke' ? 200 : 500).end();
      this.connections = this.connectionsWith();
      this.userId = `ada-${(this.users += 1)}`;
      this.aheadMs = 0;
    });
    afterEach(async () => {
      vi.restoreAllMocks();
      await this.endpoint.stop();
    });
  }

  connectionsWith(options: Partial<ConnectionsOptions> = {}, oauth = {}, dataSource = this.host.dataSource) {
    const { origin, url } = this.endpoint;
    return this.host.connections(
      { publicUrl: 'https://api.example.test', ...options },
      this.host.config({ token_url: url, revoke_url: `${origin}/revoke`, ...oauth }),
      dataSource,
    );
  }

  /** What the endpoint answers, by a name that its tokens have. */
  tokens(name: string) {
    return {
      access_token: `at-${name}`,
      refresh_token: `rt-${name}`,
      token_type: 'Bearer',
      expires_in: 3600,
    };
  }

  async begin(by: Connections = this.connections, options: AuthorizeOptions = {}) {
    const { authorizationUrl, browserBinding } = await by.authorize(this.userId, NAME, options);
    const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
    const callback = `/connections/${NAME}/callback?code=c&state=${state}`;
    return { callback, browserBinding: browserBinding ?? undefined };
  }

  /** A flow whose code was exchanged, and whose answer is on its way until `answer` is called. */
  async exchanging(name: string, by: Connections = this.connections) {
    const { callback } = await this.begin(by);
    const asked = new Promise<() => void>((resolve) => {
      this.endpoint.next((response) =>
        resolve(() => {
          const body = JSON.stringify(this.tokens(name));
          response.writeHead(200, { 'content-type': 'application/json' }).end(body);
        }),
      );
    });
    const completing = by.complete(callback, { userId: this.userId });
    completing.catch(() => undefined);
    return { answer: await asked, completing };
  }

  async connect(name: string, by: Connections = this.connections) {
    const { callback } = await this.begin(by);
    this.endpoint.nextAnswer(200, this.tokens(name));
    return by.complete(callback, { userId: this.userId });
  }

  /** So far that it is known which of two exchanges was the later one, and that a failed save is not tried again. */
  clockMovesOn(): void {
    this.aheadMs += A_MINUTE_MS;
    vi.spyOn(performance, 'now').mockImplementation(() => clocks.now() + this.aheadMs);
    vi.spyOn(process, 'uptime').mockImplementation(() => clocks.uptime() + this.aheadMs / 1000);
  }

  /** A flow that is exchanged later than any before it. */
  async connectLater(name: string): Promise<void> {
    const { answer, completing } = await this.exchanging(name);
    this.clockMovesOn();
    answer();
    await completing;
  }

  async served(): Promise<string> {
    return (await this.connectionsWith().getAccessToken(this.userId, NAME)).accessToken;
  }

  revoked(): (string | null)[] {
    return this.endpoint.requests
      .filter(({ path }) => path === '/revoke')
      .map(({ body }) => new URLSearchParams(body).get('token'));
  }

  flows(): Promise<number> {
    return this.host.dataSource.getRepository(ConnectionOAuthState).countBy({ userId: this.userId });
  }
}
