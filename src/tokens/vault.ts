/** Everything that keeps tokens, put together on a connection that a host's rollback does not reach. */
import type { DataSource } from 'typeorm';
import { engineOf } from '../database/engine';
import { requireEntities } from '../entities/preconditions';
import type { TokenCipher } from './cipher';
import type { RefreshObserver } from './refresh';
import { TokenRefresher } from './refresh';
import { TokenRows } from './token-rows';
import { TokenSeal } from './token-seal';

export interface VaultOptions {
  readonly cipher: TokenCipher;
  /** How long a statement may wait, in milliseconds. */
  readonly timeoutMs: number;
  readonly isPrepared: boolean;
  /** How long one refresh request may take, in milliseconds. */
  readonly requestMs: number;
  /** Told of each run that ended. */
  readonly observer: RefreshObserver;
}

export interface TokenVault {
  readonly rows: TokenRows;
  readonly seal: TokenSeal;
  readonly refresher: TokenRefresher;
  /** Longest that a claim keeps others off. */
  readonly leaseMs: number;
  /** Waits for refreshes that are under way, and gives up what was opened. */
  close(): Promise<void>;
}

const POLL_MS = 100;

/** @throws ConnectionsError `data_source_not_initialized`, `entities_not_registered` or `engine_unsupported` */
export async function openVault(dataSource: DataSource, options: VaultOptions): Promise<TokenVault> {
  requireEntities(dataSource);
  const engine = engineOf(dataSource);
  const apart = await engine.apart(dataSource);
  const rows = new TokenRows(apart, engine, options);
  const seal = new TokenSeal(options.cipher);
  // A request, a second one with a secret that has changed, and as long again for the save.
  const leaseMs = 3 * options.requestMs;
  const refresher = new TokenRefresher(rows, seal, { leaseMs, pollMs: POLL_MS }, options.observer);
  return {
    rows,
    seal,
    refresher,
    leaseMs,
    async close() {
      await refresher.settle();
      if (apart !== dataSource && apart.isInitialized) await apart.destroy();
    },
  };
}
