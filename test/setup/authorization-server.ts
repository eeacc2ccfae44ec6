/**
 * A real authorization server: refresh tokens rotate, and one that is presented twice ends its grant. It counts what it
 * is asked, and can be made to fail before or after it has done what it was asked.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Configuration, InteractionResults, Provider } from 'oidc-provider';
import { CookieBrowser } from './cookie-browser';

export const CLIENT_ID = 'mcp-host';
/** Of the connections that are declared at this server, in tests and examples. */
const REDIRECT_URIS = ['atlassian', 'tracker'].map(
  (name) => `https://api.example.test/connections/${name}/callback`,
);
export const CLIENT_SECRET = 'secret-of-the-client-0123456789';

/** What happens to a request for tokens instead of, or around, its answer. */
export type Interference = (request: {
  /** Lets the server do what it was asked; the answer is held back until `send`. */
  readonly perform: () => Promise<{ readonly status: number; readonly body: string }>;
  readonly response: ServerResponse;
}) => Promise<void>;

/** What a test wants of the server besides. */
export interface ServerExtras {
  /** Of the provider; features are added to those that are on anyway. */
  readonly configuration?: Configuration;
  /** Paths where nothing is found. */
  readonly hidden?: readonly string[];
}

export interface IssuedGrant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly grantId: string;
}

/** Scopes that the user has not been asked for, by resource. */
type Wanted = Readonly<Record<string, readonly string[]>>;

export class AuthorizationServer {
  /** Requests to the token endpoint that reached it. */
  tokenRequests = 0;
  /** Refresh requests that were answered with tokens. */
  refreshes = 0;
  /** Grants that were ended, reuse among the reasons. */
  readonly revokedGrants: string[] = [];
  /** Requests to the revocation endpoint. */
  revocations = 0;
  /** Requests to the registration endpoint. */
  registrations = 0;
  /** What the user does at the server, from the next interaction on; with `ask` there is a page with both. */
  decision: 'allow' | 'deny' | 'ask' = 'allow';
  /** For the next requests of tokens, one each. */
  readonly interferences: Interference[] = [];

  private made: Promise<Provider> | undefined;
  private callback: ReturnType<Provider['callback']> | undefined;

  private constructor(
    private readonly server: Server,
    private readonly configuration: Configuration,
    readonly issuer: string,
    private readonly hidden: readonly string[],
  ) {}

  /**
   * @param lifeSeconds of access tokens
   * @param rotates whether a refresh gives another refresh token, and presenting the old one again ends the grant
   */
  static async start(
    lifeSeconds = 60,
    rotates = true,
    { configuration: more = {}, hidden = [] }: ServerExtras = {},
  ): Promise<AuthorizationServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const configuration: Configuration = {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          token_endpoint_auth_method: 'client_secret_post',
          grant_types: ['authorization_code', 'refresh_token'],
          redirect_uris: REDIRECT_URIS,
        },
      ],
      rotateRefreshToken: rotates,
      ttl: {
        AccessToken: lifeSeconds,
        RefreshToken: 86_400,
        Grant: 86_400,
        Session: 86_400,
        Interaction: 3600,
        IdToken: 3600,
      },
      scopes: ['openid', 'offline_access', 'read', 'write'],
      ...more,
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      features: {
        revocation: {
          enabled: true,
          allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
        },
        devInteractions: { enabled: false },
        ...more.features,
      },
      findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
      cookies: { keys: ['cookie-key'] },
    };
    const made = new AuthorizationServer(server, configuration, issuer, hidden);
    server.on('request', (request, response) => void made.take(request, response));
    return made;
  }

  /** Loaded when it is first needed, since that takes long and many tests only name its addresses. */
  private provider(): Promise<Provider> {
    this.made ??= this.makeProvider();
    return this.made;
  }

  private async makeProvider(): Promise<Provider> {
    const library = await import('oidc-provider');
    const provider = silently(() => new library.Provider(this.issuer, this.configuration));
    provider.on('server_error', (_ctx, error) => console.error(error));
    provider.on('grant.revoked', (_ctx, grantId) => this.revokedGrants.push(grantId));
    provider.on('refresh_token.consumed', () => (this.refreshes += 1));
    return provider;
  }

  get tokenUrl(): string {
    return `${this.issuer}/token`;
  }

  get revokeUrl(): string {
    return `${this.issuer}/token/revocation`;
  }

  /** A user's grant with its first tokens, as if a flow had just ended. */
  async grant(accountId: string, scope = 'openid offline_access read'): Promise<IssuedGrant> {
    const provider = await this.provider();
    const client = await provider.Client.find(CLIENT_ID);
    if (!client) throw new Error('the client is not there');
    const grant = new provider.Grant({ clientId: CLIENT_ID, accountId });
    grant.addOIDCScope(scope);
    const grantId = await grant.save();
    const about = { client, accountId, grantId, scope, gty: 'authorization_code' };
    const refreshToken = await new provider.RefreshToken({ ...about, rotations: 0 }).save();
    const accessToken = await new provider.AccessToken(about).save();
    return { accessToken, refreshToken, grantId };
  }

  /** Whether the server takes the access token for one that lives. */
  async isLive(accessToken: string): Promise<boolean> {
    return (await this.findToken(accessToken)) !== undefined;
  }

  /** Ends an access token and nothing else, as a server does that keeps them in memory. */
  async forget(accessToken: string): Promise<void> {
    await (await this.findToken(accessToken))?.destroy();
  }

  /** The grant that an access token was issued for. */
  async grantOf(accessToken: string): Promise<string> {
    const token = await this.findToken(accessToken);
    if (token?.grantId === undefined) throw new Error('the token is not there');
    return token.grantId;
  }

  async isGrantAlive(grantId: string): Promise<boolean> {
    return (await this.findGrant(grantId)) !== undefined;
  }

  /**
   * A user's browser at the server: follows redirects and keeps cookies until it is sent back.
   * @param authorizationUrl where the user was sent to
   * @returns the address of the callback
   */
  async visit(authorizationUrl: string): Promise<string> {
    const browser = new CookieBrowser((address) => !address.startsWith(this.issuer));
    const page = await browser.open(authorizationUrl);
    if (browser.address.startsWith(this.issuer)) throw new Error(`no way back: ${page}`);
    return browser.address;
  }

  /** Ends a grant, as a user can at the provider. */
  async end(grantId: string): Promise<void> {
    await (await this.findGrant(grantId))?.destroy();
  }

  private async findToken(accessToken: string) {
    return (await this.provider()).AccessToken.find(accessToken);
  }

  private async findGrant(grantId: string) {
    return (await this.provider()).Grant.find(grantId);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  /** The user logs in as whom the client hints at, and allows or denies everything. */
  private async interact(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = await this.provider();
    const { prompt, params, session, grantId } = await provider.interactionDetails(request, response);
    const finish = (result: InteractionResults) => provider.interactionFinished(request, response, result);
    const decision = this.decision === 'ask' ? decisionIn(request) : this.decision;
    if (decision === null && prompt.name === 'consent')
      return askForConsent(response, String(params['scope']));
    if (decision === 'deny') {
      return finish({ error: 'access_denied', error_description: 'the user said no' });
    }
    if (prompt.name === 'login') return finish({ login: { accountId: 'somebody' } });
    const accountId = session?.accountId ?? 'somebody';
    const known = grantId === undefined ? undefined : await provider.Grant.find(grantId);
    const grant = known ?? new provider.Grant({ accountId, clientId: String(params['client_id']) });
    grant.addOIDCScope(String(params['scope']));
    const { missingResourceScopes = {} } = prompt.details as { missingResourceScopes?: Wanted };
    for (const [resource, scopes] of Object.entries(missingResourceScopes)) {
      grant.addResourceScope(resource, scopes.join(' '));
    }
    return finish({ consent: { grantId: await grant.save() } });
  }

  private async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const provider = await this.provider();
    this.callback ??= provider.callback();
    return this.callback(request, response);
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (this.hidden.includes(request.url ?? '')) return void response.writeHead(404).end();
    if (request.url === '/token/revocation') this.revocations += 1;
    if (request.url === '/reg') this.registrations += 1;
    if (request.url?.startsWith('/interaction/')) return this.interact(request, response);
    if (request.url !== '/token') return this.handle(request, response);
    this.tokenRequests += 1;
    const interference = this.interferences.shift();
    if (!interference) return this.handle(request, response);
    const perform = async () => {
      const [write, end] = [response.write.bind(response), response.end.bind(response)];
      const chunks: Buffer[] = [];
      const done = new Promise<void>((resolve) => {
        const keep = (chunk: unknown) => {
          if (chunk !== undefined && typeof chunk !== 'function') chunks.push(Buffer.from(chunk as string));
        };
        Object.assign(response, {
          write: (chunk: unknown) => (keep(chunk), true),
          end: (chunk: unknown) => (keep(chunk), resolve(), response),
        });
      });
      await this.handle(request, response);
      await done;
      Object.assign(response, { write, end });
      return { status: response.statusCode, body: Buffer.concat(chunks).toString('utf8') };
    };
    await interference({ perform, response });
  }
}

/** Null where the user has not decided yet. */
function decisionIn({ url = '' }: IncomingMessage): string | null {
  return new URL(url, 'http://server.invalid').searchParams.get('decision');
}

function askForConsent(response: ServerResponse, scope: string): void {
  const page = `<!doctype html><html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Allow access?</title>
<body style="font: 1rem/1.5 system-ui, sans-serif; max-width: 26rem; margin: 4rem auto; padding: 0 1rem; color-scheme: light dark">
<h1>Allow access?</h1><p>An application wants: <strong>${scope.replace(/[^\w ]/g, '')}</strong></p>
<p><a href="?decision=allow">Allow</a> &nbsp; <a href="?decision=deny">Deny</a></p>`;
  response.setHeader('content-type', 'text/html').end(page);
}

/** A provider says when it is made that it is set up for development. */
function silently<Made>(make: () => Made): Made {
  const { info, warn } = console;
  const silent = () => undefined;
  Object.assign(console, { info: silent, warn: silent });
  try {
    return make();
  } finally {
    Object.assign(console, { info, warn });
  }
}
