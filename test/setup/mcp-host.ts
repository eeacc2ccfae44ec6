/** A host with a user, an MCP server, and a real authorization server that issues the tokens for it. */
import type { Connections, ConnectionsError, UserConnectionToken } from '../../src';
import type { AuthorizationServer } from './authorization-server';
import { ConnectedHost } from './connected';
import { startMcpAuthorization } from './mcp-authorization';
import { ProtectedMcpServer, WRITE_NOTE } from './mcp-server';
import { answer } from './site';

/** Of the host. */
export const USER = 'ada';
/** Of the notifications that the tool `watch_notes` sends: as many before its pause as after it. */
export const NOTIFICATIONS = 10;

export class McpHost {
  /** What `onConnectNeeded` was told, in order. */
  readonly told: ConnectionsError[] = [];
  /** Requests of the client that are not answered. */
  private readonly inFlight = new Set<Promise<unknown>>();
  private readonly fetchAsUser: typeof globalThis.fetch;

  private constructor(
    private readonly host: ConnectedHost,
    readonly authorization: AuthorizationServer,
    private readonly mcp: ProtectedMcpServer,
    readonly connections: Connections,
    /** Of the tool `watch_notes`. */
    readonly pause: Pause,
    /** Ends the MCP server, so that nothing listens at its address. */
    readonly stopMcpServer: () => Promise<void>,
  ) {
    const onConnectNeeded = (error: ConnectionsError) => void this.told.push(error);
    this.fetchAsUser = connections.fetchFor(USER, 'linear', { onConnectNeeded });
  }

  static async open(atEnd: (cleanUp: () => Promise<void>) => void): Promise<McpHost> {
    const host = await ConnectedHost.open('sqlite', atEnd);
    const resources = new Set<string>();
    const authorization = await startMcpAuthorization(resources);
    atEnd(() => authorization.stop());
    const pause = new Pause();
    const stops: (() => Promise<void>)[] = [];
    const mcp = await ProtectedMcpServer.open(authorization, (stop) => stops.push(stop), [
      { name: 'read_note', scope: 'read', run: async () => 'read' },
      WRITE_NOTE,
      {
        name: 'watch_notes',
        scope: 'read',
        async run(report) {
          for (let sent = 0; sent < NOTIFICATIONS / 2; sent += 1) await report(sent);
          await pause.wait();
          for (let sent = NOTIFICATIONS / 2; sent < NOTIFICATIONS; sent += 1) await report(sent);
          return 'watched';
        },
      },
    ]);
    const stopMcpServer = async () => {
      for (const stop of stops.splice(0)) await stop();
    };
    atEnd(stopMcpServer);
    resources.add(mcp.url);
    const connections = host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [authorization.issuer]: ['linear'] } },
      { mcpServers: { linear: { url: mcp.url, auth_type: 'oauth2' } } },
    );
    return new McpHost(host, authorization, mcp, connections, pause, stopMcpServer);
  }

  /** Of the MCP server. */
  get url(): string {
    return this.mcp.url;
  }

  /** The user's. */
  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    const response = this.fetchAsUser(input, init);
    const settled = response.catch(() => undefined).finally(() => this.inFlight.delete(settled));
    this.inFlight.add(settled);
    return response;
  };

  /** Resolves when the client waits for no answer, also to what it asks of its own accord. */
  async idle(): Promise<void> {
    while (this.inFlight.size > 0) await Promise.all(this.inFlight);
  }

  /** The user connects, and allows what is asked for. */
  async connect(scopes: readonly string[] = []): Promise<void> {
    const { authorizationUrl } = await this.connections.authorize(USER, 'linear', { scopes });
    await this.connections.complete(await this.authorization.visit(authorizationUrl), { userId: USER });
  }

  /** The access token is taken by no server any more, which the host does not know. */
  async revoke(): Promise<void> {
    await this.authorization.forget(await this.token());
  }

  /** The access token has expired, as the host knows. */
  async expire(): Promise<void> {
    await this.revoke();
    await this.host.expire(USER);
  }

  /** The user ends at the provider what was granted to the host. */
  async endGrant(): Promise<void> {
    const token = await this.token();
    await this.authorization.end(await this.authorization.grantOf(token));
    await this.authorization.forget(token);
  }

  /** The MCP server takes no token from now on. */
  refuseEveryToken(): void {
    this.mcp.site.pages.set('/mcp', answer(401));
  }

  row(): Promise<UserConnectionToken> {
    return this.host.row(USER);
  }

  /** How many requests for tokens the provider gets meanwhile. */
  async tokenRequestsOf(work: () => Promise<unknown>): Promise<number> {
    const before = this.authorization.tokenRequests;
    await work();
    return this.authorization.tokenRequests - before;
  }

  private async token(): Promise<string> {
    return (await this.connections.getAccessToken(USER, 'linear')).accessToken;
  }
}

class Pause {
  private begin!: () => void;
  end!: () => void;
  readonly hasBegun = new Promise<void>((resolve) => (this.begin = resolve));
  private readonly ended = new Promise<void>((resolve) => (this.end = resolve));

  wait(): Promise<void> {
    this.begin();
    return this.ended;
  }
}
