/** What a test tells the providers of its connections to do, and asks them afterwards. */
import type { CompletedAuthorization } from '../../connections/flow/complete';
import type { Connections } from '../../connections/connections';
import type { ConnectionSource } from '../../connections/options';
import type { ImportedTokens } from '../../connections/accounts/import-tokens';
import { UserConnectionToken } from '../../entities';
import { quote } from '../../errors';
import { optionInvalid } from '../../options';
import { accountRef } from '../../tokens/account-ref';
import type { ApiHandler } from './api';
import type { Grant } from './grants';
import type { AccountOption, ConnectOptions, IssueOptions, OutageOptions, Recover } from './options';
import type { ProviderRequest, ProviderServer } from './server';

/**
 * The providers of all connections of a test, and the APIs behind them. Strict: a code works once and with its PKCE verifier, redirect
 * URI and client; refresh tokens rotate, and one that is used twice ends its grant. It has no network, and no timer.
 */
export class TestProvider<Name extends string = string> {
  readonly #server: ProviderServer;
  readonly #connections: Connections<Name>;
  readonly #source: ConnectionSource<Name>;

  /** Made by `testConnections`. */
  constructor(server: ProviderServer, connections: Connections<Name>, source: ConnectionSource<Name>) {
    this.#server = server;
    this.#connections = connections;
    this.#source = source;
  }

  /** Every request that reached a provider or an API, in order. */
  get requests(): readonly ProviderRequest<Name>[] {
    return this.#server.requests as readonly ProviderRequest<Name>[];
  }

  /** How many requests were refreshes, whatever the answer was. */
  get refreshes(): number {
    return this.#server.requests.filter(({ what }) => what === 'refresh').length;
  }

  /**
   * Connects an account, by a whole flow: `authorize`, a visit, `complete`.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account`, default `default`; `scopes` to ask for besides those that are declared, default none
   * @throws ConnectionsError as `authorize` and `complete` do
   * @example
   * await provider.connect('user-1', 'github', { scopes: ['repo'] });
   */
  async connect(
    userId: string,
    connectionName: Name,
    options: ConnectOptions = {},
  ): Promise<CompletedAuthorization<Name>> {
    const { authorizationUrl } = await this.#connections.authorize(userId, connectionName, options);
    const callbackUrl = await this.visit(authorizationUrl);
    return this.#connections.complete(callbackUrl, { userId, connectionName });
  }

  /**
   * Does what a user's browser does at the provider: the user agrees to everything, unless `deny` or `refuseScope` says otherwise.
   * @param authorizationUrl of `authorize`, or of a redirect of the routes
   * @returns the URL of the callback, with the code
   * @throws ConnectionsError `option_invalid` for a request that a provider does not even answer with a redirect
   * @example
   * const { authorizationUrl } = await connections.authorize('user-1', 'github');
   * await connections.complete(await provider.visit(authorizationUrl), { userId: 'user-1' });
   */
  async visit(authorizationUrl: string): Promise<string> {
    return (await this.#server.visit(authorizationUrl)).callbackUrl;
  }

  /**
   * Answers for the APIs of all connections; without it they answer 501.
   * @param handler called for requests with an access token that lives; others get a 401, as do those with a token of another connection
   * @example
   * provider.api((request, { userId }) => Response.json({ login: userId }));
   */
  api(handler: ApiHandler<Name>): void {
    this.#server.handler = handler as ApiHandler;
  }

  /**
   * Issues tokens of a grant that was made elsewhere, to import.
   * @param connectionName as declared
   * @param options `scopes` that were granted, default none
   * @throws ConnectionsError what the registry throws for the name
   * @example
   * await connections.importTokens('user-1', 'github', await provider.issue('github'));
   */
  async issue(connectionName: Name, { scopes = [] }: IssueOptions = {}): Promise<ImportedTokens> {
    const { oauth } = await this.#source.registry.get(connectionName);
    const clientId = oauth?.clientId ?? '';
    const { grants } = this.#server;
    const issued = grants.issue(grants.begin({ connectionName, clientId, scopes, resource: null }));
    const { accessToken, refreshToken, expiresAt } = issued;
    return { accessToken, refreshToken, expiresAt, scopes };
  }

  /**
   * Ends the grant of an account, as a user can at the provider: its tokens are worth nothing.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account`, default `default`
   * @throws ConnectionsError `option_invalid` for an account that is not connected
   */
  endGrant(userId: string, connectionName: Name, options: AccountOption = {}): void {
    this.#grantOf('endGrant', userId, connectionName, options).isEnded = true;
  }

  /**
   * Lets the access token of an account expire, at the provider and in the database, without a change of the clock.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account`, default `default`
   * @throws ConnectionsError `option_invalid` for an account that is not connected
   */
  async expire(userId: string, connectionName: Name, options: AccountOption = {}): Promise<void> {
    this.#server.grants.expire(this.#grantOf('expire', userId, connectionName, options));
    const ref = accountRef(userId, connectionName, options.account);
    const tokens = this.#source.dataSource.getRepository(UserConnectionToken);
    const { affected } = await tokens.update({ ...ref }, { expiresAt: new Date(Date.now() - 1000) });
    if (affected === 0) throw notConnected('expire', connectionName);
  }

  /**
   * Lets the API answer 401 to every access token of an account, also to those that a refresh brings.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param options `account`, default `default`
   * @returns a function that ends this
   * @throws ConnectionsError `option_invalid` for an account that is not connected
   */
  refuseToken(userId: string, connectionName: Name, options: AccountOption = {}): Recover {
    const grant = this.#grantOf('refuseToken', userId, connectionName, options);
    grant.refusals += 1;
    let isOver = false;
    return () => {
      if (!isOver) grant.refusals -= 1;
      isOver = true;
    };
  }

  /**
   * Lets users say no at a provider.
   * @param connectionName as declared
   * @returns a function that ends this
   */
  deny(connectionName: Name): Recover {
    return this.#server.conditions.denials.begin(connectionName, true);
  }

  /**
   * Lets a provider grant less than is asked for.
   * @param connectionName as declared
   * @param scope that it does not grant
   * @returns a function that ends this
   */
  refuseScope(connectionName: Name, scope: string): Recover {
    return this.#server.conditions.refusedScopes.begin(connectionName, scope);
  }

  /**
   * Lets a provider answer 503 to every request of the host; its API goes on, and users can still agree, so that a test sees what
   * happens to those who come back meanwhile.
   * @param connectionName as declared
   * @param options `retryAfterMs`, milliseconds for its `Retry-After`, default none
   * @returns a function that ends this
   */
  unavailable(connectionName: Name, { retryAfterMs }: OutageOptions = {}): Recover {
    return this.#server.conditions.outages.begin(connectionName, { retryAfterMs: retryAfterMs ?? null });
  }

  /**
   * Lets a provider answer nothing until the test ends that; what is asked meanwhile is answered then, unless it was given up.
   * @param connectionName as declared
   * @returns a function that ends this
   * @example
   * const answer = provider.slow('github');
   * const token = connections.getAccessToken('user-1', 'github');
   * answer();
   * await token;
   */
  slow(connectionName: Name): Recover {
    let resume: Recover = () => undefined;
    const pause = new Promise<void>((resolve) => (resume = resolve));
    const end = this.#server.conditions.pauses.begin(connectionName, pause);
    return () => {
      end();
      resume();
    };
  }

  #grantOf(method: string, userId: string, connectionName: Name, { account }: AccountOption): Grant {
    const grant = this.#server.grants.heldBy(accountRef(userId, connectionName, account));
    if (grant) return grant;
    throw notConnected(method, connectionName);
  }
}

function notConnected(method: string, connectionName: string): Error {
  return optionInvalid(
    `\`provider.${method}\`: the user has no tokens of ${quote(connectionName)} in that account. Connect it first, as with ` +
      '`provider.connect`, or import what `provider.issue` gives.',
  );
}
