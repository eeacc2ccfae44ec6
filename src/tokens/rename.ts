/** Moves tokens to another user id or connection name. They are encrypted for both, so each is encrypted again. */
import type { Statement } from '../database/statement';
import { ConnectionsError, quote } from '../errors';
import { elapsedMs, nextTurn, pause } from '../pauses';
import type { AccountRef } from './account-ref';
import { isSameAccount, refOf } from './account-ref';
import type { PageRewrite } from './rewrite-page';
import { rewritePage } from './rewrite-page';
import type { SealedToken } from './token-row';
import type { TokenVault } from './vault';

const WAIT_MS = 50;

/**
 * Moves the tokens of a user, including those that arrive meanwhile, until it finds none.
 * @param endingFlows the statement that ends the flows which would bring tokens for the user
 * @param signal ends it between two statements
 * @returns the number of rows; after an error, calling it again continues
 * @throws ConnectionsError as `renameConnectionTokens` does
 */
export async function renameUserTokens(
  vault: TokenVault,
  from: string,
  to: string,
  endingFlows: Statement,
  signal?: AbortSignal,
): Promise<number> {
  let renamed = 0;
  // With the first rows, so that what a flow brought before is found afterwards.
  let also: Statement | undefined = endingFlows;
  for (;;) {
    signal?.throwIfAborted();
    const page = await vault.pages.someSealedOf(from);
    if (page.length === 0 && !also) return renamed;
    renamed += await renamePage(vault, page, { to: { userId: to }, also, signal });
    also = undefined;
    await nextTurn();
  }
}

/**
 * @returns the number of rows; after an error, calling it again continues
 * @throws ConnectionsError `account_taken` when the new account has tokens, `database_busy` when a row was being refreshed
 * for too long, `key_unknown` or `ciphertext_invalid` for one that cannot be decrypted
 */
export async function renameConnectionTokens(
  vault: TokenVault,
  from: string,
  to: string,
  signal?: AbortSignal,
): Promise<number> {
  let renamed = 0;
  for await (const page of vault.pages.pages({ connectionName: from })) {
    renamed += await renamePage(vault, page, { to: { connectionName: to }, signal });
    await nextTurn();
  }
  return renamed;
}

async function renamePage(
  vault: TokenVault,
  page: readonly SealedToken[],
  how: PageRewrite,
): Promise<number> {
  const done = await rewritePage(vault, page, how);
  let renamed = 0;
  for (const [index, row] of page.entries()) {
    const one = done[index];
    const ref = { ...refOf(row), ...how.to };
    if (one?.kind === 'failed') throw one.error;
    if (one?.kind === 'taken') throw accountTaken(ref);
    if (one?.kind === 'rewritten' || (await renameOne(vault, row, ref, how.signal))) renamed += 1;
  }
  return renamed;
}

/** Renames a row that has changed since it was read. Waits for a refresh of it that is under way. */
async function renameOne(
  { rows, seal, leaseMs }: TokenVault,
  row: SealedToken,
  to: AccountRef,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const until = elapsedMs() + 2 * leaseMs;
  for (;;) {
    signal?.throwIfAborted();
    const now = await rows.readById(row.id);
    if (now && isSameAccount(now, to)) return true;
    // Another process has renamed it: it is no longer the one that was asked for.
    if (!now || !isSameAccount(now, row)) return false;
    if (!now.isLeased) {
      const result = await rows.rewrite(now, { ...to, ...(await seal.reencrypt(now, to)) });
      if (result === 'rewritten') return true;
      if (result === 'taken') throw accountTaken(to);
    }
    if (elapsedMs() > until) throw busy(now);
    await pause(WAIT_MS);
  }
}

function accountTaken({ userId, connectionName, account }: AccountRef): ConnectionsError {
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
