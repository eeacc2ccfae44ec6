/** An MCP server and its authorization server as sites, and a host that knows nothing of them but one address. */
import type { DataSource } from 'typeorm';
import { beforeAll, beforeEach } from 'vitest';
import type { Connections, ConnectionsOptions } from '../../src';
import { ConnectionClientRegistration } from '../../src';
import type { DiscoveryStep } from '../../src/oauth/search';
import type { JsonObject } from '../../src/config/definition';
import { atEndOfTests } from './at-end';
import { ConnectedHost } from './connected';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';
import { Site, answer } from './site';

export const RESOURCE = '/.well-known/oauth-protected-resource';
export const SERVER = '/.well-known/oauth-authorization-server';
export const OPENID = '/.well-known/openid-configuration';
/** That of the connection of an MCP world. */
export const REDIRECT_URI = 'https://api.example.test/connections/linear/callback';

/** The client that an authorization is asked for. */
export const clientOf = ({ searchParams }: URL) => searchParams.get('client_id');

export class McpWorld {
  readonly steps: DiscoveryStep[] = [];
  /** Clients that the authorization server has registered. */
  registered = 0;

  mcp!: Site;
  auth!: Site;

  private constructor(readonly host: ConnectedHost) {}

  /** To be called in a `describe`, whose tests share it. */
  static forTests(engine: EngineName): McpWorld {
    const world = new McpWorld(ConnectedHost.forTests(engine));
    const atEnd = atEndOfTests();
    beforeAll(() => world.start(atEnd));
    return world;
  }

  /** As `forTests`, and anew for each of them. */
  static forEachTest(engine: EngineName): McpWorld {
    const world = McpWorld.forTests(engine);
    beforeEach(() => world.startAnew());
    return world;
  }

  static async open(engine: EngineName, atEnd: (cleanUp: () => Promise<void>) => void): Promise<McpWorld> {
    return McpWorld.beside(await ConnectedHost.open(engine, atEnd), atEnd);
  }

  /** Over a host that has other tests, too. */
  static async beside(host: ConnectedHost, atEnd: (cleanUp: () => Promise<void>) => void): Promise<McpWorld> {
    const world = new McpWorld(host);
    await world.start(atEnd);
    return world;
  }

  private async start(atEnd: (cleanUp: () => Promise<void>) => void): Promise<void> {
    this.mcp = await Site.open(atEnd);
    this.auth = await Site.open(atEnd);
    this.reset();
  }

  get clients() {
    return this.host.dataSource.getRepository(ConnectionClientRegistration);
  }

  /** Everything as the specification wants it, with no client, no tokens and no flow. */
  async startAnew(): Promise<void> {
    this.reset();
    this.registered = 0;
    await this.clients.deleteAll();
    await this.host.rows.deleteAll();
    await this.host.forgetFlows();
  }

  /** As if the processes that are registering clients had stalled. */
  async endLeases(): Promise<void> {
    await this.clients.update({ clientEncrypted: '' }, { expiresAt: new Date(0) });
  }

  get url(): string {
    return `${this.mcp.origin}/mcp`;
  }

  /** Everything as the specification wants it. */
  reset(): void {
    const { mcp, auth } = this;
    for (const site of [mcp, auth]) {
      site.pages.clear();
      site.requests.length = 0;
    }
    this.steps.length = 0;
    const header = `Bearer resource_metadata="${mcp.origin}${RESOURCE}/mcp", scope="files:read"`;
    mcp.pages.set('/mcp', answer(401, {}, { 'www-authenticate': header }));
    mcp.pages.set(`${RESOURCE}/mcp`, this.resource());
    auth.pages.set(SERVER, this.server());
    auth.pages.set('/register', (response, { body }) => {
      this.registered += 1;
      const client = { ...(JSON.parse(body) as object), client_id: `registered-${this.registered}` };
      setImmediate(() => response.writeHead(201).end(JSON.stringify(client)));
    });
    let tokens = 0;
    auth.pages.set('/token', (response) => {
      tokens += 1;
      const given = {
        access_token: `at-${tokens}`,
        refresh_token: `rt-${tokens}`,
        expires_in: 3600,
        token_type: 'Bearer',
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(given));
    });
  }

  resource(changes: object = {}) {
    return {
      resource: this.url,
      authorization_servers: [this.auth.origin],
      scopes_supported: ['files:all'],
      ...changes,
    };
  }

  server(changes: object = {}) {
    const { origin } = this.auth;
    return {
      issuer: origin,
      authorization_endpoint: `${origin}/authorize`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_post'],
      ...changes,
    };
  }

  /** One replica of the host, which lets this machine's own addresses be asked. */
  connections(
    oauth?: JsonObject,
    options: Partial<ConnectionsOptions> = {},
    dataSource?: DataSource,
  ): Connections {
    const config = declaration({
      linear: entry({ url: this.url, ...(oauth === undefined ? {} : { oauth_config: oauth }) }),
    });
    const { auth, mcp } = this;
    const trustedOrigins = { [auth.origin]: ['linear'], [mcp.origin]: ['linear'] };
    const connections = this.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins, clientName: 'Test host', ...options },
      config,
      dataSource,
    );
    connections.on('discovery', (step) => this.steps.push(step));
    return connections;
  }

  /** One replica on a DataSource of its own. */
  async replica(): Promise<Connections> {
    return this.connections(undefined, {}, await this.host.newDataSource());
  }

  /** Sends a user and gives the parameters of the address that comes back. */
  async begin(connections: Connections, userId = 'ada', options = {}): Promise<URL> {
    const { authorizationUrl } = await connections.authorize(userId, 'linear', options);
    return new URL(authorizationUrl);
  }

  /** A whole flow. */
  async connect(connections: Connections, userId = 'ada', callback: Readonly<Record<string, string>> = {}) {
    const state = (await this.begin(connections, userId)).searchParams.get('state') ?? '';
    const query = new URLSearchParams({ code: 'code', ...callback, state });
    return connections.complete(`/connections/linear/callback?${query.toString()}`, { userId });
  }

  /** What token requests said, in order. */
  get tokenRequests(): Record<string, string>[] {
    return this.auth.requests
      .filter(({ path }) => path === '/token')
      .map(({ body }) => Object.fromEntries(new URLSearchParams(body)));
  }
}
