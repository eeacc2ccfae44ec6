/** Moves tokens to another user id or connection name. They are encrypted for both, so each is encrypted again. */
import { setTimeout } from 'node:timers/promises';
import { ConnectionsError, quote } from '../errors';
import type { AccountRef } from './account-ref';
import { isSameAccount } from './account-ref';
import type { StoredToken } from './token-row';
import type { TokenVault } from './vault';

const PAGE = 100;
const WAIT_MS = 50;

/**
 * @param from rows of accounts that have these parts
 * @param to the parts that they get instead
 * @returns the number of rows; after an error, calling it again continues
 * @throws ConnectionsError `account_taken` when the new account has tokens, `database_busy` when a row was being refreshed
 * for too long, `key_unknown` or `ciphertext_invalid` for one that cannot be decrypted
 */
export async function renameTokens(
  vault: TokenVault,
  from: Readonly<Partial<AccountRef>>,
  to: Readonly<Partial<AccountRef>>,
): Promise<number> {
  let renamed = 0;
  for await (const page of vault.rows.pages(from, PAGE)) {
    for (const row of page) if (await renameOne(vault, row, { ...refOf(row), ...to })) renamed += 1;
  }
  return renamed;
}

/** Waits for a refresh of the row that is under way. */
async function renameOne(
  { rows, seal, leaseMs }: TokenVault,
  row: StoredToken,
  to: AccountRef,
): Promise<boolean> {
  const until = performance.now() + 2 * leaseMs;
  let current: StoredToken | null = row;
  while (current) {
    if (!current.isLeased) {
      const result = await rows.rewrite(current, { ...to, ...(await seal.again(current, to)) });
      if (result === 'rewritten') return true;
      if (result === 'taken') throw taken(to);
    }
    if (performance.now() > until) throw busy(current);
    await setTimeout(WAIT_MS);
    const now = await rows.readById(current.id);
    if (now && isSameAccount(now, to)) return true;
    // Another process has renamed it: it is no longer the one that was asked for.
    current = now && isSameAccount(now, row) ? now : null;
  }
  return false;
}

function refOf({ userId, connectionName, account }: AccountRef): AccountRef {
  return { userId, connectionName, account };
}

function taken({ userId, connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'account_taken',
    `User ${quote(userId)} already has tokens for account ${quote(account)} at connection ${quote(connectionName)}. ` +
      'Disconnect one of the two, then rename again; rows that were renamed stay so.',
    { connectionName, account },
  );
}

function busy({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    `Tokens of connection ${quote(connectionName)} were being refreshed the whole time. Rename again; rows that were ` +
      'renamed stay so.',
    { connectionName, account },
  );
}
