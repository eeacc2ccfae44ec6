/** What is open while `Connections` is in use, on a database connection that a host's rollback does not reach. */
import type { DataSource } from 'typeorm';
import { requireServedType } from '../database/data-source-type';
import { databaseOn, engineOf } from '../database/engines';
import type { SessionOptions } from '../database/session';
import { requireEntities } from '../entities/preconditions';
import type { Log } from '../logging';
import type { AccountRef } from '../tokens/account-ref';
import type { TokenCipher } from '../tokens/cipher';
import { LegacyRows } from '../tokens/legacy-rows';
import { type TokenVault, type VaultOptions, makeVault } from '../tokens/vault';
import { StateRows } from './flow/state-rows';
import { type ProviderSettings, Providers } from './provider/providers';
import { RegistrationRows } from './registrations/registrations';

/** How it is opened. */
export interface OpenOptions extends VaultOptions, SessionOptions {
  readonly log: Log;
}

export interface Runtime {
  readonly cipher: TokenCipher;
  readonly vault: TokenVault;
  readonly states: StateRows;
  readonly registrations: RegistrationRows;
  readonly providers: Providers;
  readonly legacy: LegacyRows;
  /** Waits for refreshes and deletions that are under way, and gives up what was opened. */
  close(): Promise<void>;
}

/** Whether an account has tokens, or a user has come back for it: a revocation that ends everything would end those, too. */
export async function isInUse({ vault, states }: Runtime, ref: AccountRef): Promise<boolean> {
  // In this order: the tokens of a flow that ends between the two are in the row.
  return (await states.hasTaken(ref)) || (await vault.rows.readServed(ref)) !== null;
}

/** @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered` or `engine_unsupported` */
async function open(
  dataSource: DataSource,
  options: OpenOptions,
  settings: ProviderSettings,
): Promise<Runtime> {
  requireServedType(dataSource);
  requireEntities(dataSource);
  const apart = await engineOf(dataSource).apart(dataSource);
  const database = databaseOn(apart, options);
  const vault = makeVault(database, options);
  const registrations = new RegistrationRows(database, options.cipher, vault.leaseMs, options.log);
  const states = new StateRows(database);
  const legacy = new LegacyRows(database, options);
  // Only a shutdown waits for the count.
  const counting = legacy.countAndWarn();
  return {
    cipher: options.cipher,
    vault,
    states,
    registrations,
    providers: new Providers(settings, registrations),
    legacy,
    async close() {
      await vault.refresher.close();
      await states.close();
      await counting;
      if (apart !== dataSource && apart.isInitialized) await apart.destroy();
    },
  };
}

/** Opens at the first use, and again at the first use after `close()` or after the DataSource was initialized anew. */
export class Opener {
  #current: Runtime | undefined;
  #opening: Promise<Runtime> | undefined;

  constructor(
    private readonly source: { readonly dataSource: DataSource },
    private readonly options: OpenOptions,
    private readonly settings: ProviderSettings,
  ) {}

  /** What is open now, for the path that every access token takes. */
  get current(): Runtime | undefined {
    return this.source.dataSource.isInitialized ? this.#current : undefined;
  }

  async get(): Promise<Runtime> {
    if (this.current) return this.current;
    if (this.#current) await this.close();
    const opening = (this.#opening ??= open(this.source.dataSource, this.options, this.settings));
    try {
      const runtime = await opening;
      if (this.#opening === opening) this.#current = runtime;
      return runtime;
    } catch (error) {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    }
  }

  /** Waits for refreshes that are under way. */
  async close(): Promise<void> {
    const opening = this.#opening;
    this.#opening = undefined;
    this.#current = undefined;
    await (await opening?.catch(() => undefined))?.close();
  }
}
