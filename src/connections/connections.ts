/** What a host talks to once its connections are declared: the tokens of its users, kept alive. */
import { Events } from '../events';
import type { Log } from '../logging';
import { createLog } from '../logging';
import type { ReencryptOptions, ReencryptReport } from '../tokens/reencrypt';
import { reencryptTokens } from '../tokens/reencrypt';
import { renameTokens } from '../tokens/rename';
import { tokenKey } from '../tokens/token-key';
import type { TokenVault } from '../tokens/vault';
import { openVault } from '../tokens/vault';
import { forgetUser } from './forget';
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
import type { ProviderAccess } from './token-provider';
import { issuedUnder, oauthOf } from './token-provider';
import { TokenService } from './token-service';
import { userConnections } from './user-connections';

const REQUEST_MS = 10_000;
const LOCK_MS = 10_000;

/**
 * Serves users' access tokens and renews them: once, however many callers and processes want the same one. Errors of the
 * database have the codes that `syncConnectionConfigs` lists.
 */
export class Connections {
  readonly #source: ConnectionSource;
  readonly #options: ConnectionsOptions;
  readonly #access: ProviderAccess;
  readonly #events: Events<ConnectionsEvents>;
  readonly #service: TokenService;
  #opening: Promise<TokenVault> | undefined;
  #vault: TokenVault | undefined;

  /**
   * Touches no database and no network.
   * @param source a `MetadataStore`, or a DataSource and a registry of the host's own
   * @param options only `cipher` is required
   */
  constructor(source: ConnectionSource, options: ConnectionsOptions) {
    const { fetch = globalThis.fetch, requestTimeout = REQUEST_MS, logger, resolveSecret } = options;
    const log: Log = createLog(logger);
    this.#source = source;
    this.#options = options;
    this.#access = { exchange: { fetch, timeoutMs: requestTimeout }, resolveSecret };
    this.#events = new Events(log);
    this.#service = new TokenService(this.#access, this.#events, log);
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
   * A token to send to the connection's API: the stored one while it lives, a new one when it does not (RFC 6749 section
   * 6). Near its end the stored one is served while a new one is got.
   * @param userId the host's own id, 1 to 255 characters, compared byte for byte
   * @param connectionName as declared
   * @param options `account` (default `default`), `rejected`, `signal`
   * @throws ConnectionsError `not_connected`, `reauthorization_required`, `provider_unavailable`, `provider_refused`,
   * `key_unknown`, `ciphertext_invalid`, `token_key_invalid`, `token_not_saved`, `connection_not_oauth`, and what the
   * registry throws for the name; the signal's reason when it is aborted
   */
  async getAccessToken(
    userId: string,
    connectionName: string,
    options: AccessTokenOptions = {},
  ): Promise<AccessToken> {
    const key = tokenKey(userId, connectionName, options.account);
    const definition = await this.#source.registry.get(connectionName);
    return this.#service.serve(this.#vault ?? (await this.#open()), key, definition, options);
  }

  /**
   * Stores tokens that another program got, over those that are there.
   * @param userId the host's own id
   * @param connectionName as declared
   * @param tokens what the other program has
   * @param options `account`, default `default`
   * @throws ConnectionsError `tokens_invalid`, `token_key_invalid`, `token_key_taken`, `connection_not_oauth`, and what
   * the registry throws for the name
   */
  async importTokens(
    userId: string,
    connectionName: string,
    tokens: ImportedTokens,
    options: AccountOptions = {},
  ): Promise<void> {
    const key = tokenKey(userId, connectionName, options.account);
    const issued = importedTokens(tokens);
    const definition = await this.#source.registry.get(connectionName);
    const requested = oauthOf(definition).scopes.join(' ');
    const { rows, seal } = await this.#open();
    await rows.put(key, await seal.close(key, issued, issuedUnder(definition), requested));
  }

  /**
   * Every declared connection with this user's accounts at it, in the order of names. Asks no provider.
   * @param userId the host's own id
   * @throws ConnectionsError `token_key_invalid`
   */
  async list(userId: string): Promise<UserConnection[]> {
    const { userId: checked } = tokenKey(userId, 'any');
    const definitions = await this.#source.registry.list();
    const { rows } = await this.#open();
    return userConnections(definitions, await rows.readOf(checked));
  }

  /**
   * Renews tokens before anybody asks for them, for hosts with a scheduler; any number of processes may do so at once.
   * @param options `within` (milliseconds, default 300,000), `limit` (default 100), `signal`
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
   * @throws ConnectionsError `token_key_taken` when that user has tokens for the same connection and account,
   * `database_busy`, `key_unknown`, `ciphertext_invalid`, `token_key_invalid`
   */
  async renameUser(from: string, to: string): Promise<number> {
    const [{ userId: before }, { userId: after }] = [tokenKey(from, 'any'), tokenKey(to, 'any')];
    return renameTokens(await this.#open(), { userId: before }, { userId: after });
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
      tokenKey('any', from),
      tokenKey('any', to),
    ];
    return renameTokens(await this.#open(), { connectionName: before }, { connectionName: after });
  }

  /**
   * Forgets a user: gives the tokens back to providers that take them (RFC 7009), and deletes the rows.
   * @param userId the host's own id
   * @returns how many rows were deleted; a provider that does not answer keeps none of them
   * @throws ConnectionsError `token_key_invalid`
   */
  async forgetUser(userId: string): Promise<number> {
    const { userId: checked } = tokenKey(userId, 'any');
    return forgetUser(await this.#open(), this.#source.registry, this.#access, checked);
  }

  /**
   * Brings every stored token under the key ring's current key while the service runs; legacy formats become ours.
   * @param options `batch` (rows read at a time, default 100), `signal`
   * @returns counts, and the rows that do not open, which stay as they are; run it again until nothing is skipped
   */
  async reencrypt(options: ReencryptOptions = {}): Promise<ReencryptReport> {
    const { rows, seal } = await this.#open();
    return reencryptTokens(rows, seal, options);
  }

  /** Waits for refreshes that are under way, so that a shutdown loses nothing; call it before the DataSource is destroyed. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#vault = undefined;
    await (await opening?.catch(() => undefined))?.close();
  }

  async #open(): Promise<TokenVault> {
    if (this.#vault) return this.#vault;
    const { cipher, lockTimeout = LOCK_MS, preparedStatements = true } = this.#options;
    const opening = (this.#opening ??= openVault(this.#source.dataSource, {
      cipher,
      timeoutMs: lockTimeout,
      isPrepared: preparedStatements,
      requestMs: this.#access.exchange.timeoutMs,
      observer: this.#service.observe,
    }));
    try {
      const vault = await opening;
      if (this.#opening === opening) this.#vault = vault;
      return vault;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }
}
