/** A service with the page, on localhost, beside a real authorization server: what a user's browser meets. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connections, MetadataStore, UserConnectionToken } from '../../src/index';
import { connectionsHandler } from '../../src/http/handler';
import type { NodeHandler } from '../../src/http/node';
import { toNodeHandler } from '../../src/http/node';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from '../setup/authorization-server';
import { Consent } from './consent';

const USER = 'ada';
const PATH = '/connections/ui';

/** What a test wants of the service. */
export interface ServiceWishes {
  /** Of the session's cookie; default `Lax`. */
  readonly sameSite?: 'Lax' | 'Strict';
}

export class Service {
  private constructor(
    readonly origin: string,
    readonly provider: AuthorizationServer,
    readonly consent: Consent,
    readonly connections: Connections,
    private readonly store: MetadataStore,
    private readonly server: Server,
  ) {}

  static async start({ sameSite = 'Lax' }: ServiceWishes = {}): Promise<Service> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const provider = await AuthorizationServer.start(3600, true, {
      configuration: { clients: [clientOf(origin)] },
    });
    const consent = await Consent.start(provider);
    const store = await new MetadataStore({
      dataSource: { type: 'better-sqlite3', database: ':memory:' },
      config: declaration(provider, consent),
    }).initialize();
    const connections = new Connections(store, {
      keys: `k1:${randomBytes(32).toString('base64')}`,
      publicUrl: origin,
      logger: { warn: () => {}, error: console.error },
    });
    const handler = connectionsHandler(connections, {
      user: (request) => /(?:^|; )session=(\w+)/.exec(request.headers.get('cookie') ?? '')?.[1] ?? null,
      page: { backTo: '/settings' },
    });
    const routes = toNodeHandler(handler);
    server.on('request', (request, response) => void serve(request, response, routes, sameSite));
    return new Service(origin, provider, consent, connections, store, server);
  }

  get page(): string {
    return this.origin + PATH;
  }

  /** Leads a browser that has no session to the page with one. */
  get login(): string {
    return `${this.origin}/login`;
  }

  /** The user ends the grant at the provider, and the service notices when it needs another access token. */
  async endGrant(name: string): Promise<void> {
    const { accessToken } = await this.connections.getAccessToken(USER, name);
    await this.provider.end(await this.provider.grantOf(accessToken));
    const rows = this.store.dataSource.getRepository(UserConnectionToken);
    await rows.update({ userId: USER, connectionName: name }, { expiresAt: new Date(Date.now() - 1_000) });
    await this.connections.getAccessToken(USER, name).catch(() => undefined);
  }

  async statusOf(name: string): Promise<string | undefined> {
    return (await this.connections.list(USER)).find((connection) => connection.name === name)?.status;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
    await this.connections.close();
    await this.store.close();
    await this.consent.stop();
    await this.provider.stop();
  }
}

function clientOf(origin: string) {
  return {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    token_endpoint_auth_method: 'client_secret_post' as const,
    grant_types: ['authorization_code', 'refresh_token'],
    redirect_uris: ['calendar', 'tracker'].map((name) => `${origin}/connections/${name}/callback`),
  };
}

/** `calendar` asks its user, `tracker` allows at once. */
function declaration(provider: AuthorizationServer, consent: Consent) {
  const at = (authorize_url: string) => ({
    url: 'https://api.example.test/mcp',
    oauth_config: {
      client_id: CLIENT_ID,
      client_secret: CLIENT_SECRET,
      authorize_url,
      token_url: provider.tokenUrl,
      revoke_url: provider.revokeUrl,
      scopes: 'openid offline_access read',
      authorize_params: { prompt: 'consent' },
    },
  });
  return {
    mcpServers: {
      calendar: { display_name: 'Calendar', ...at(consent.url) },
      tracker: { display_name: 'Tracker', ...at(`${provider.issuer}/auth`) },
    },
  };
}

/** The routes, and beside them what a host has: a login, without a password. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  routes: NodeHandler,
  sameSite: 'Lax' | 'Strict',
): Promise<void> {
  if (request.url === '/login') {
    const cookie = `session=${USER}; Path=/; HttpOnly; SameSite=${sameSite}`;
    return void response.writeHead(303, { location: PATH, 'set-cookie': cookie }).end();
  }
  if (request.url === '/favicon.ico') return void response.writeHead(204).end();
  return routes(request, response);
}
