/** Everything that keeps tokens, put together. */
import type { Database } from '../database/engine';
import type { TokenCipher } from './cipher';
import { TokenRefresher } from './refresh';
import { TokenPages } from './token-pages';
import { TokenRows } from './token-rows';
import { TokenSeal } from './token-seal';

export interface VaultOptions {
  readonly cipher: TokenCipher;
  /** How long one refresh request may take, in milliseconds. */
  readonly requestMs: number;
}

export interface TokenVault {
  readonly rows: TokenRows;
  readonly pages: TokenPages;
  readonly seal: TokenSeal;
  readonly refresher: TokenRefresher;
  /** Longest that a claim keeps others off, in milliseconds. */
  readonly leaseMs: number;
}

const POLL_MS = 100;

export function makeVault(database: Database, options: VaultOptions): TokenVault {
  const rows = new TokenRows(database);
  const seal = new TokenSeal(options.cipher);
  // A request, a second one with a secret that has changed, and as long again for the save.
  const leaseMs = 3 * options.requestMs;
  const refresher = new TokenRefresher(rows, seal, { leaseMs, pollMs: POLL_MS });
  return { rows, pages: new TokenPages(database), seal, refresher, leaseMs };
}
