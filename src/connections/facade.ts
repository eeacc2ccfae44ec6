/** `Connections`, put together: checks what a host gives, and hands the work to the file that does it. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import { withDetails } from '../errors';
import { Events } from '../events';
import type { Log } from '../logging';
import { createLog } from '../logging';
import { optionInvalid } from '../options';
import type { AccountRef } from '../tokens/account-ref';
import { accountRef, detailsOf, refOf } from '../tokens/account-ref';
import type { ReencryptOptions, ReencryptReport } from '../tokens/reencrypt';
import { Jobs } from './abort';
import type { AccessToken, AccessTokenOptions, ServeOptions } from './access/access-tokens';
import { AccessTokens, checkAccessTokenOptions } from './access/access-tokens';
import { RefreshReports } from './access/refresh-reports';
import { RefreshRuns } from './access/refresh-runs';
import { checkDisconnectOptions, deleteUser, disconnectAccount } from './accounts/disconnect';
import { importAll } from './accounts/import-all';
import type { ImportAllOptions, ImportAllReport, ImportEntry } from './accounts/import-entries';
import { checkImportAllOptions } from './accounts/import-entries';
import type { ImportedTokens, ImportOptions } from './accounts/import-tokens';
import {
  checkImport,
  checkImportOptions,
  readTokens,
  sealImport,
  storeImport,
} from './accounts/import-tokens';
import { checkReencryptOptions, reencrypt, renameConnection, renameUser } from './accounts/rewrite';
import type { UserConnection } from './accounts/user-connections';
import { userConnections } from './accounts/user-connections';
import type { FetchForOptions } from './api/fetch-for';
import { apiFetch, checkFetchForOptions } from './api/fetch-for';
import type { RefreshExpiringOptions } from './expiring/refresh-expiring';
import { checkRefreshExpiringOptions, refreshExpiring } from './expiring/refresh-expiring';
import type { RefreshExpiringReport } from './expiring/tally';
import type { Authorization, AuthorizeOptions } from './flow/authorize';
import { beginAuthorization, checkAuthorizeOptions } from './flow/authorize';
import type { CompletedAuthorization, CompleteOptions } from './flow/complete';
import { checkCompleteOptions, completeAuthorization } from './flow/complete';
import type {
  ConnectionsEvents,
  ConnectionsOptions,
  ConnectionSource,
  Disconnection,
  ServiceAddresses,
} from './options';
import { connectionsEvents } from './options';
import { publishedClient } from './provider/clients';
import { requireOAuth } from './provider/oauth-connection';
import type { ProviderSettings } from './provider/providers';
import { requireScopes } from './provider/scopes';
import type { Runtime } from './runtime';
import { Opener } from './runtime';
import { checkConnectionsOptions, openOptions, providerSettings, serviceAddresses } from './settings';

interface AccountOption {
  readonly account?: string | undefined;
}

export class ConnectionsFacade<Name extends string> {
  readonly #source: ConnectionSource<Name>;
  readonly #settings: ProviderSettings;
  /** Not typed by `Name`: names that come from the database are plain texts. */
  readonly #events: Events<ConnectionsEvents>;
  readonly #runs: RefreshRuns;
  readonly #accessTokens: AccessTokens;
  readonly #opener: Opener;
  readonly #jobs = new Jobs();
  readonly #unfinished = new Set<Promise<unknown>>();
  readonly #log: Log;

  readonly addresses: ServiceAddresses;

  constructor(source: ConnectionSource<Name>, options: ConnectionsOptions) {
    checkConnectionsOptions(source, options);
    const log = createLog(options.logger);
    this.#log = log;
    this.#source = source;
    this.#events = new Events(log, connectionsEvents);
    this.#settings = providerSettings(options, (step) => this.#events.emit('discovery', step));
    this.addresses = serviceAddresses(options);
    this.#runs = new RefreshRuns(new RefreshReports(this.#events, log));
    this.#accessTokens = new AccessTokens(this.#runs, this.#settings.exchange.timeoutMs, log);
    this.#opener = new Opener(source, openOptions(options, log), this.#settings);
  }

  get registry(): ConnectionRegistry<Name> {
    return this.#source.registry;
  }

  on<Event extends keyof ConnectionsEvents<Name>>(
    name: Event,
    listener: (payload: ConnectionsEvents<Name>[Event]) => unknown,
  ): () => void {
    return this.#events.on(name, listener as (payload: ConnectionsEvents[Event]) => unknown);
  }

  async authorize(
    userId: string,
    connectionName: Name,
    options: AuthorizeOptions = {},
  ): Promise<Authorization> {
    checkAuthorizeOptions(options);
    const ref = accountRef(userId, connectionName, options.account);
    return withAccountDetails(ref, async () => {
      const { registry } = this.#source;
      const definition = requireOAuth(await registry.get(connectionName));
      return beginAuthorization(await this.#opener.get(), registry, definition, ref, options, this.addresses);
    });
  }

  async complete(callbackUrl: string | URL, options: CompleteOptions): Promise<CompletedAuthorization<Name>> {
    checkCompleteOptions(options);
    const runtime = await this.#opener.get();
    const { registry } = this.#source;
    const completion = completeAuthorization(runtime, registry, callbackUrl, options, this.addresses);
    const completed = (await this.#finish(completion)) as CompletedAuthorization<Name>;
    this.#events.emit('connected', refOf(completed));
    return completed;
  }

  async disconnect(
    userId: string,
    connectionName: string,
    options: AccountOption = {},
  ): Promise<Disconnection> {
    checkDisconnectOptions(options);
    const ref = accountRef(userId, connectionName, options.account);
    const work = withAccountDetails(ref, async () => {
      return disconnectAccount(ref, this.#disconnecting(await this.#opener.get()));
    });
    return this.#finish(work);
  }

  async getAccessToken(
    userId: string,
    connectionName: Name,
    options?: AccessTokenOptions,
  ): Promise<AccessToken> {
    if (options !== undefined) checkAccessTokenOptions(options);
    const ref = accountRef(userId, connectionName, options?.account);
    try {
      const definition = await this.#source.registry.get(connectionName);
      return await this.#serve(ref, definition, options ?? {});
    } catch (error) {
      throw withDetails(error, detailsOf(ref));
    }
  }

  fetchFor(userId: string, connectionName: Name, options: FetchForOptions = {}): typeof globalThis.fetch {
    checkFetchForOptions(options);
    const ref = accountRef(userId, connectionName, options.account);
    return apiFetch(ref, options, {
      ...this.#settings,
      timeoutMs: this.#settings.exchange.timeoutMs,
      log: this.#log,
      definition: () => this.#source.registry.get(connectionName),
      accessToken: async (definition, how) => (await this.#serve(ref, definition, how)).accessToken,
    });
  }

  async importTokens(
    userId: string,
    connectionName: Name,
    tokens: ImportedTokens,
    options: ImportOptions = {},
  ): Promise<boolean> {
    checkImportOptions(options);
    const ref = accountRef(userId, connectionName, options.account);
    return withAccountDetails(ref, async () => {
      const issued = readTokens(tokens, ref);
      const definition = await this.#source.registry.get(connectionName);
      const { vault } = await this.#opener.get();
      return storeImport(vault, await sealImport(vault, checkImport(ref, issued, definition, options)));
    });
  }

  async importAll(
    entries: Iterable<ImportEntry<Name>> | AsyncIterable<ImportEntry<Name>>,
    options: ImportAllOptions = {},
  ): Promise<ImportAllReport> {
    checkImportAllOptions(entries, options);
    return this.#jobs.run(options.signal, async (signal) => {
      const { vault } = await this.#opener.get();
      return importAll(vault, this.#source.registry, entries, options, signal);
    });
  }

  async list(userId: string): Promise<UserConnection<Name>[]> {
    const { userId: checked } = accountRef(userId, 'any');
    const definitions = await this.#source.registry.list();
    const { rows, seal } = (await this.#opener.get()).vault;
    return userConnections(definitions, await rows.list(checked), {
      hasKeyOf: (start) => seal.hasKeyOf(start),
      retryAt: (tokens) => this.#runs.retryAt(tokens),
    });
  }

  async refreshExpiring(options: RefreshExpiringOptions = {}): Promise<RefreshExpiringReport> {
    checkRefreshExpiringOptions(options);
    return refreshExpiring(await this.#opener.get(), this.#source.registry, this.#runs, this.#log, options);
  }

  async renameUser(from: string, to: string): Promise<number> {
    const [{ userId: before }, { userId: after }] = [accountRef(from, 'any'), accountRef(to, 'any')];
    return this.#jobs.run(undefined, async (signal) => {
      const runtime = await this.#opener.get();
      return before === after ? 0 : renameUser(runtime, before, after, signal);
    });
  }

  async renameConnection(from: string, to: Name): Promise<number> {
    const before = accountRef('any', from).connectionName;
    const after = accountRef('any', to).connectionName;
    if (before === after) return 0;
    return this.#jobs.run(undefined, async (signal) =>
      renameConnection(await this.#opener.get(), before, after, signal),
    );
  }

  async forgetUser(userId: string): Promise<number> {
    const { userId: checked } = accountRef(userId, 'any');
    const work = this.#opener.get().then((runtime) => deleteUser(checked, this.#disconnecting(runtime)));
    return this.#finish(work);
  }

  async reencrypt(options: ReencryptOptions = {}): Promise<ReencryptReport> {
    checkReencryptOptions(options);
    return this.#jobs.run(options.signal, async (signal) => reencrypt(await this.#opener.get(), signal));
  }

  async clientMetadata(connectionName: string): Promise<Record<string, unknown> | undefined> {
    const definition = await this.#source.registry.get(connectionName);
    return publishedClient(definition, this.#settings, this.addresses);
  }

  requireScopes(connectionName: Name, response: Pick<Response, 'status' | 'headers'>): void {
    if (typeof response?.headers?.get !== 'function') {
      throw optionInvalid('The second argument of `requireScopes` must be the `Response` of the API.');
    }
    requireScopes(accountRef('any', connectionName).connectionName, response.headers);
  }

  async close(): Promise<void> {
    // Others may begin meanwhile.
    do {
      await this.#jobs.close();
      await Promise.allSettled(this.#unfinished);
    } while (this.#unfinished.size > 0);
    await this.#opener.close();
  }

  /** With no promise besides that of the token, once the database is open. */
  #serve(ref: AccountRef, declared: ConnectionDefinition, options: ServeOptions): Promise<AccessToken> {
    const definition = requireOAuth(declared);
    const current = this.#opener.current;
    if (current) return this.#accessTokens.serve({ runtime: current, ref, definition }, options);
    return this.#opener
      .get()
      .then((runtime) => this.#accessTokens.serve({ runtime, ref, definition }, options));
  }

  #disconnecting(runtime: Runtime) {
    return { runtime, registry: this.#source.registry, events: this.#events };
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
}

/** An error of this work says which account it is about. */
async function withAccountDetails<Result>(ref: AccountRef, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw withDetails(error, detailsOf(ref));
  }
}
