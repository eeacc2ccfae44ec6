/** Everything that keeps tokens, put together. */
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import type { StatementOptions } from '../database/script';
import type { TokenCipher } from './cipher';
import { TokenRefresher } from './refresh';
import { TokenRows } from './token-rows';
import { TokenSeal } from './token-seal';

export interface VaultOptions extends StatementOptions {
  readonly cipher: TokenCipher;
  /** How long one refresh request may take, in milliseconds. */
  readonly requestMs: number;
}

export interface TokenVault {
  readonly rows: TokenRows;
  readonly seal: TokenSeal;
  readonly refresher: TokenRefresher;
  /** Longest that a claim keeps others off, in milliseconds. */
  readonly leaseMs: number;
}

const POLL_MS = 100;

/** @param dataSource one on which the host has no transaction open */
export function makeVault(dataSource: DataSource, engine: Engine, options: VaultOptions): TokenVault {
  const rows = new TokenRows(dataSource, engine, options);
  const seal = new TokenSeal(options.cipher);
  // A request, a second one with a secret that has changed, and as long again for the save.
  const leaseMs = 3 * options.requestMs;
  const refresher = new TokenRefresher(rows, seal, { leaseMs, pollMs: POLL_MS });
  return { rows, seal, refresher, leaseMs };
}
