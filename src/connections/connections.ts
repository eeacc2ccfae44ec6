/** What a host talks to once its connections are declared: the tokens of its users, kept alive. */
import { Events } from '../events';
import type { Log } from '../logging';
import { createLog } from '../logging';
import type { ReencryptOptions, ReencryptReport } from '../tokens/reencrypt';
import { reencryptTokens } from '../tokens/reencrypt';
import { renameTokens } from '../tokens/rename';
import { accountRef } from '../tokens/account-ref';
import { flowOptions, providerAccess, publishedClient } from './access';
import type { FlowOptions } from './authorize';
import { beginAuthorization } from './authorize';
import { milliseconds, rowCount } from './checked';
import { completeAuthorization } from './complete';
import type { Disconnecting } from './disconnect';
import { disconnectRow } from './disconnect';
import type {
  Authorization,
  AuthorizeOptions,
  CompleteOptions,
  CompletedAuthorization,
  Disconnection,
} from './flow-options';
import { importedTokens } from './imported-tokens';
import type {
  AccessToken,
  AccessTokenOptions,
  AccountOptions,
  ConnectionSource,
  ConnectionsEvents,
  ConnectionsOptions,
  ImportedTokens,
  RefreshExpiringOptions,
  RefreshExpiringReport,
  UserConnection,
} from './options';
import { refreshExpiring } from './refresh-expiring';
import type { Opened } from './opened';
import { open } from './opened';
import { declaredUnder, oauthOf } from './provider';
import type { ProviderAccess } from './providers';
import { requireScopes } from './require-scopes';
import { TokenService } from './token-service';
import { userConnections } from './user-connections';

const LOCK_MS = 10_000;
const REENCRYPT_ROWS = 100;

/**
 * Serves users' access tokens and renews them: once, however many callers and processes want the same one. Errors of the
 * database have the codes that `syncConnectionConfigs` lists.
 */
export class Connections {
  readonly #source: ConnectionSource;
  readonly #options: ConnectionsOptions;
  readonly #access: ProviderAccess;
  readonly #flow: FlowOptions;
  readonly #events: Events<ConnectionsEvents>;
  readonly #service: TokenService;
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  readonly #unfinished = new Set<Promise<unknown>>();

  /**
   * Touches no database and no network.
   * @param source a `MetadataStore`, or a DataSource and a registry of the host's own
   * @param options only `cipher` is required
   * @throws ConnectionsError `option_invalid`
   */
  constructor(source: ConnectionSource, options: ConnectionsOptions) {
    const log: Log = createLog(options.logger);
    this.#source = source;
    this.#options = options;
    this.#events = new Events(log);
    this.#access = providerAccess(options, (step) => this.#events.emit('discovery', step));
    this.#flow = flowOptions(options);
    this.#service = new TokenService(this.#access.exchange.timeoutMs, this.#events, log);
  }

  /**
   * Calls a listener from now on; one that throws, or rejects, is logged and stops nothing.
   * @param name of the event
   * @param listener given what happened; not waited for
   * @returns a function that stops listening
   */
  on<Name extends keyof ConnectionsEvents>(
    name: Name,
    listener: (payload: ConnectionsEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /**
   * Begins an authorization (RFC 6749 section 4.1, with PKCE, RFC 7636): send the user to the address that comes back.
   * @param connectionName as declared
   * @param options `userId`; `account`, `returnTo`, `scopes`, `requestOrigin`, `bindToBrowser`
   * @throws ConnectionsError `redirect_uri_unknown`, `return_to_refused`, `account_invalid`, `connection_not_oauth`,
   * `provider_refused` when the declaration lacks something, and what the registry throws for the name
   */
  async authorize(
    userId: string,
    connectionName: string,
    options: AuthorizeOptions = {},
  ): Promise<Authorization> {
    const key = accountRef(userId, connectionName, options.account);
    const definition = await this.#source.registry.get(connectionName);
    return beginAuthorization(await this.#open(), definition, key, options, this.#flow);
  }

  /**
   * Ends an authorization: stores the tokens of the user who comes back (RFC 6749 sections 4.1.2 to 4.1.4).
   * @param callbackUrl the address of the request, or its path and query
   * @param options `userId` of the session, or `browserBinding` of the cookie
   * @throws ConnectionsError `authorization_denied`, `authorization_failed`, `state_unknown`, `callback_invalid`,
   * `account_invalid`, `issuer_mismatch`, `connection_changed`, `provider_unavailable`, `provider_refused`,
   * `key_unknown`, and what the registry throws for the name; the user begins again after each
   */
  async complete(callbackUrl: string | URL, options: CompleteOptions): Promise<CompletedAuthorization> {
    const opened = await this.#open();
    const { registry } = this.#source;
    const done = await this.#finish(
      completeAuthorization(opened, registry, callbackUrl, options, this.#flow),
    );
    const { userId, connectionName, account } = done;
    this.#events.emit('connected', { userId, connectionName, account });
    return done;
  }

  /**
   * Ends a user's connection: gives the tokens back where the provider takes them (RFC 7009), and deletes the row in any
   * case.
   * @param userId the host's own id
   * @param connectionName one that is not declared any more can be left too
   * @param options `account`, default `default`
   * @returns what was done; leaving twice is no error
   * @throws ConnectionsError `account_invalid`
   */
  async disconnect(
    userId: string,
    connectionName: string,
    options: AccountOptions = {},
  ): Promise<Disconnection> {
    const key = accountRef(userId, connectionName, options.account);
    const opened = await this.#open();
    const row = await opened.vault.rows.read(key);
    const done = row && (await disconnectRow(row, this.#disconnecting(opened)));
    return done ?? { removed: false, revocation: 'unsupported' };
  }

  /**
   * A token to send to the connection's API: the stored one while it lives, a new one when it does not (RFC 6749 section
   * 6). Near its end the stored one is served while a new one is got.
   * @param userId the host's own id, 1 to 255 characters, compared byte for byte
   * @param connectionName as declared
   * @param options `account` (default `default`), `rejected`, `signal`
   * @throws ConnectionsError `not_connected`, `reauthorization_required`, `provider_unavailable`, `provider_refused`,
   * `key_unknown`, `ciphertext_invalid`, `account_invalid`, `token_not_saved`, `connection_not_oauth`, and what the
   * registry throws for the name; the signal's reason when it is aborted
   */
  async getAccessToken(
    userId: string,
    connectionName: string,
    options: AccessTokenOptions = {},
  ): Promise<AccessToken> {
    const key = accountRef(userId, connectionName, options.account);
    const definition = await this.#source.registry.get(connectionName);
    return this.#service.serve(this.#opened ?? (await this.#open()), key, definition, options);
  }

  /**
   * Stores tokens that another program got, over those that are there.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param tokens what the other program has
   * @param options `account`, default `default`
   * @throws ConnectionsError `tokens_invalid`, `account_invalid`, `account_taken`, `connection_not_oauth`, and what
   * the registry throws for the name
   */
  async importTokens(
    userId: string,
    connectionName: string,
    tokens: ImportedTokens,
    options: AccountOptions = {},
  ): Promise<void> {
    const key = accountRef(userId, connectionName, options.account);
    const issued = importedTokens(tokens);
    const definition = await this.#source.registry.get(connectionName);
    const requested = oauthOf(definition).scopes.join(' ');
    const { rows, seal } = (await this.#open()).vault;
    await rows.put(key, await seal.close(key, issued, declaredUnder(definition), requested));
  }

  /**
   * Every declared connection with this user's accounts at it, in the order of names. Asks no provider.
   * @param userId the host's own id
   * @throws ConnectionsError `account_invalid`
   */
  async list(userId: string): Promise<UserConnection[]> {
    const { userId: checked } = accountRef(userId, 'any');
    const definitions = await this.#source.registry.list();
    const { rows } = (await this.#open()).vault;
    return userConnections(definitions, await rows.readOf(checked));
  }

  /**
   * Renews tokens before anybody asks for them, for hosts with a scheduler; any number of processes may do so at once.
   * @param options `withinMs` (milliseconds, default 300,000), `limit` (default 100), `signal`
   * @returns counts; what failed is in the log and in events
   */
  async refreshExpiring(options: RefreshExpiringOptions = {}): Promise<RefreshExpiringReport> {
    return refreshExpiring(await this.#open(), this.#source.registry, this.#service, options);
  }

  /**
   * Gives a user's tokens to another user id, as when the host changes its ids. They are bound to it, so that nothing
   * else can.
   * @param from the id so far
   * @param to the id from now on
   * @returns how many rows were renamed; after an error, calling it again goes on
   * @throws ConnectionsError `account_taken` when that user has tokens for the same connection and account,
   * `database_busy`, `key_unknown`, `ciphertext_invalid`, `account_invalid`
   */
  async renameUser(from: string, to: string): Promise<number> {
    const [{ userId: before }, { userId: after }] = [accountRef(from, 'any'), accountRef(to, 'any')];
    return renameTokens((await this.#open()).vault, { userId: before }, { userId: after });
  }

  /**
   * Keeps users connected when a connection gets another name in the declaration; run it once that is deployed.
   * @param from the name so far
   * @param to the name from now on
   * @returns how many rows were renamed; after an error, calling it again goes on
   * @throws ConnectionsError as `renameUser` does
   */
  async renameConnection(from: string, to: string): Promise<number> {
    const [{ connectionName: before }, { connectionName: after }] = [
      accountRef('any', from),
      accountRef('any', to),
    ];
    return renameTokens((await this.#open()).vault, { connectionName: before }, { connectionName: after });
  }

  /**
   * Forgets a user: gives the tokens back to providers that take them (RFC 7009), and deletes the rows.
   * @param userId the host's own id
   * @returns how many rows were deleted; a provider that does not answer keeps none of them
   * @throws ConnectionsError `account_invalid`
   */
  async forgetUser(userId: string): Promise<number> {
    const { userId: checked } = accountRef(userId, 'any');
    const opened = await this.#open();
    await opened.states.deleteOf(checked);
    const context = this.#disconnecting(opened);
    let removed = 0;
    for (const row of await opened.vault.rows.readOf(checked)) {
      if (await disconnectRow(row, context)) removed += 1;
    }
    return removed;
  }

  /**
   * Brings every stored token under the key ring's current key while the service runs; legacy formats become ours.
   * @param options `batch` (rows read at a time, default 100), `signal`
   * @returns counts, and the rows that do not open, which stay as they are; run it again until nothing is skipped
   */
  async reencrypt(options: ReencryptOptions = {}): Promise<ReencryptReport> {
    const { vault, registrations } = await this.#open();
    const report = await reencryptTokens(vault.rows, vault.seal, {
      ...options,
      batch: rowCount('batch', options.batch, REENCRYPT_ROWS),
    });
    const clients = await registrations.reencrypt();
    return {
      ...report,
      rewritten: report.rewritten + clients.rewritten,
      current: report.current + clients.current,
      skipped: report.skipped + clients.skipped,
    };
  }

  /**
   * The document to publish at `clientMetadataUrl`, as JSON, so that authorization servers know this client without a
   * registration (OAuth Client ID Metadata Document).
   * @returns undefined when there is no such address
   * @throws ConnectionsError `redirect_uri_unknown` without a `publicUrl`
   */
  clientMetadata(): Record<string, unknown> | undefined {
    return publishedClient(this.#access, this.#flow);
  }

  /**
   * To be given what an API answered: an `insufficient_scope` becomes an error that says which scopes to ask for, with
   * `authorize(connectionName, { userId, scopes: error.scopes })`.
   * @param connectionName as declared
   * @param response of the API, its body untouched
   * @throws ConnectionsError `insufficient_scope` (RFC 6750 section 3.1), with `scopes`
   */
  requireScopes(connectionName: string, response: Pick<Response, 'status' | 'headers'>): void {
    requireScopes(connectionName, response.headers);
  }

  /** Waits for refreshes that are under way, so that a shutdown loses nothing; call it before the DataSource is destroyed. */
  async close(): Promise<void> {
    while (this.#unfinished.size > 0) await Promise.allSettled(this.#unfinished);
    const opening = this.#opening;
    this.#opening = undefined;
    this.#opened = undefined;
    await (await opening?.catch(() => undefined))?.close();
  }

  #disconnecting(opened: Opened): Disconnecting {
    return { opened, registry: this.#source.registry, events: this.#events };
  }

  /** What a shutdown has to wait for. */
  async #finish<Result>(work: Promise<Result>): Promise<Result> {
    this.#unfinished.add(work);
    try {
      return await work;
    } finally {
      this.#unfinished.delete(work);
    }
  }

  async #open(): Promise<Opened> {
    if (this.#opened && this.#source.dataSource.isInitialized) return this.#opened;
    if (this.#opened) await this.close();
    const { cipher, lockTimeoutMs, preparedStatements = true } = this.#options;
    const vault = {
      cipher,
      timeoutMs: milliseconds('lockTimeoutMs', lockTimeoutMs, LOCK_MS),
      isPrepared: preparedStatements,
      requestMs: this.#access.exchange.timeoutMs,
      observer: this.#service.observer,
    };
    const opening = (this.#opening ??= open(this.#source.dataSource, vault, this.#access));
    try {
      const opened = await opening;
      if (this.#opening === opening) this.#opened = opened;
      return opened;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }
}
