/** Services over one `ConnectedHost`: each is `Connections` and the handler of its routes, as a host would put them together. */
import type { AuthType, JsonObject, JsonValue } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import type { Connections, ConnectionsOptions } from '../../src';
import { connectionsHandler } from '../../src/http';
import type { ConnectionsHandler, HandlerOptions } from '../../src/http';
import { ConnectedHost } from './connected';
import { declaration, entry } from './declarations';
import type { EngineName } from './engine-name';

export const SERVICE = 'https://api.example.test';
export const FRONT_END = 'https://app.example.test';
/** The page to which the front end's users come back. */
const AFTERWARDS = `${FRONT_END}/connections`;
export const BINDING = '__Host-mcp-connections';

/** What differs from a service at `SERVICE` whose front end is at `FRONT_END`. */
export interface ServiceOptions {
  readonly connections?: Partial<ConnectionsOptions>;
  readonly handler?: Partial<HandlerOptions>;
  /** In the `oauth_config` of `atlassian`. */
  readonly oauth?: Readonly<Record<string, JsonValue | undefined>>;
  /** Connections besides `atlassian`. */
  readonly entries?: Readonly<Record<string, JsonObject>>;
  /** Names that are not declared after all. */
  readonly without?: readonly string[];
  /** Which of them are served; default those of `oauth2`. */
  readonly authTypes?: readonly AuthType[];
}

export const bearerOf = (userId: string) => ({ authorization: `Bearer token-of-${userId}` });

/** The session cookie of a test holds the user's id, and so does the bearer token. */
function userOf({ headers }: Request): string | null {
  const [, bearer] = /^Bearer token-of-(.+)$/.exec(headers.get('authorization') ?? '') ?? [];
  const [, session] = /(?:^|; )session=([^;]+)/.exec(headers.get('cookie') ?? '') ?? [];
  return bearer ?? session ?? null;
}

export class Service {
  constructor(
    readonly connections: Connections,
    readonly handler: ConnectionsHandler,
  ) {}

  /** What stands in front of the handler has nothing to say. */
  readonly serve = async (request: Request): Promise<Response> => {
    const response = await this.handler(request, undefined);
    if (!response) throw new Error(`${request.url} is outside of the routes`);
    return response;
  };

  /** A request without anything that a browser says about itself. */
  async send(
    path: string,
    {
      method = 'GET',
      headers = {},
      body,
    }: { method?: string; headers?: Readonly<Record<string, string>>; body?: string } = {},
  ): Promise<Response> {
    const address = path.startsWith('/') ? `${SERVICE}${path}` : path;
    const init = { method, headers, ...(body === undefined ? {} : { body }) };
    return this.serve(new Request(address, init));
  }

  /** As an app sends it: with the user's bearer token and as JSON, like the original front end. */
  async app(userId: string, path: string, method = 'GET', body?: string): Promise<Response> {
    const headers = { ...bearerOf(userId), 'content-type': 'application/json' };
    return this.send(path, { method, headers, ...(body === undefined ? {} : { body }) });
  }
}

export class HttpHost {
  private users = 0;

  private constructor(readonly host: ConnectedHost) {}

  /** To be called in a `describe`, whose tests share it. */
  static forTests(engine: EngineName): HttpHost {
    return new HttpHost(ConnectedHost.forTests(engine));
  }

  get server() {
    return this.host.server;
  }

  newUser(): string {
    return `user-of-routes-${(this.users += 1)}`;
  }

  service({
    connections: more = {},
    handler = {},
    oauth = {},
    entries = {},
    without = [],
    authTypes = ['oauth2'],
  }: ServiceOptions = {}): Service {
    const { mcpServers } = this.host.config({ authorize_params: { prompt: 'consent' }, ...oauth });
    const all = { ...(mcpServers as unknown as Record<string, JsonObject>), ...entries };
    const declared = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
    const connections = this.host.connections(
      { publicUrl: SERVICE, returnOrigins: [FRONT_END], ...more },
      parseConnections(declaration(declared), { authTypes }),
    );
    const { logger } = this.host;
    const options = { user: userOf, afterwards: AFTERWARDS, logger, ...handler };
    return new Service(connections, connectionsHandler(connections, options));
  }

  /** An entry at a provider that is a site of the test's. */
  entryAt(origin: string, changes: JsonObject = {}): JsonObject {
    return entry({
      oauth_config: {
        client_id: 'the-id',
        client_secret: 'secret-of-the-site-0123456789',
        authorize_url: `${origin}/authorize`,
        token_url: `${origin}/token`,
      },
      ...changes,
    });
  }
}

/** The callback of a provider that is not asked: of the address to which a user was sent. */
export function callbackOf(authorizationUrl: string, parameters: Readonly<Record<string, string>>): string {
  const { searchParams } = new URL(authorizationUrl);
  const callback = new URL(searchParams.get('redirect_uri') ?? '');
  const state = searchParams.get('state') ?? '';
  for (const [name, value] of Object.entries({ ...parameters, state }))
    callback.searchParams.set(name, value);
  return callback.href;
}
