/**
 * Encrypts the tokens of a page of rows again and writes them in one transaction. A row that is being refreshed or has changed
 * meanwhile stays as it is; where the page cannot be written as a whole, each row is written by itself.
 */
import { chunksOf, textLength } from '../database/chunks';
import { isUncertain } from '../database/database-error';
import type { Statement } from '../database/statement';
import type { ConnectionsErrorCode } from '../error-codes';
import { isConnectionsError } from '../errors';
import { nextTurn } from '../pauses';
import type { AccountRef } from './account-ref';
import { refOf } from './account-ref';
import type { SealedToken } from './token-row';
import type { Rewrite } from './token-pages';
import type { TokenRows } from './token-rows';
import { SEALED_AT_A_TIME } from './token-seal';
import type { TokenVault } from './vault';

/** What became of a row; an error is that of one that cannot be decrypted. */
export type Rewritten =
  | { readonly kind: 'rewritten' | 'changed' | 'taken' }
  | { readonly kind: 'failed'; readonly code: ConnectionsErrorCode; readonly error: unknown };

export interface PageRewrite {
  /** The parts of the account that change; default none. */
  readonly to?: Readonly<Partial<AccountRef>>;
  /** A statement of the same transaction. */
  readonly also?: Statement | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @returns for each row what became of it */
export async function rewritePage(
  { rows, pages, seal }: Pick<TokenVault, 'rows' | 'pages' | 'seal'>,
  page: readonly SealedToken[],
  { to = {}, also, signal }: PageRewrite = {},
): Promise<readonly Rewritten[]> {
  const encrypt = async (seen: SealedToken): Promise<Rewrite | Rewritten> => {
    signal?.throwIfAborted();
    try {
      // Also where it is being refreshed: a row that cannot be decrypted would be passed over for ever.
      const texts = await seal.reencrypt(seen, { ...refOf(seen), ...to });
      return seen.isLeased ? { kind: 'changed' } : { seen, changes: { ...to, ...texts } };
    } catch (error) {
      if (!isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) throw error;
      return { kind: 'failed', code: error.code, error };
    }
  };
  const encrypted: (Rewrite | Rewritten)[] = [];
  for (let at = 0; at < page.length; at += SEALED_AT_A_TIME) {
    encrypted.push(...(await Promise.all(page.slice(at, at + SEALED_AT_A_TIME).map(encrypt))));
    // A cipher or a driver that is synchronous would keep the process from everything else.
    await nextTurn();
  }
  const rewrites = encrypted.filter((one) => 'seen' in one);
  const written = await writeAll({ rows, pages }, rewrites, also, signal);
  return encrypted.map((one) => ('seen' in one ? { kind: written.get(one) ?? 'changed' } : one));
}

type Written = Awaited<ReturnType<TokenRows['rewrite']>>;

async function writeAll(
  { rows, pages }: Pick<TokenVault, 'rows' | 'pages'>,
  rewrites: readonly Rewrite[],
  also: Statement | undefined,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<Rewrite, Written>> {
  const written = new Map<Rewrite, Written>();
  let left = also && [also];
  const parts = chunksOf(
    rewrites,
    ({ seen, changes }) => seen.accessTokenEncrypted.length + textLength(changes),
  );
  for (const part of parts.length > 0 ? parts : [[]]) {
    signal?.throwIfAborted();
    const done = await pages.rewriteAll(part, left).catch((error: unknown) => {
      if (isUncertain(error)) throw error;
      return null;
    });
    if (done === null || done === 'taken') {
      if (left) await pages.rewriteAll([], left);
      for (const one of part) {
        signal?.throwIfAborted();
        written.set(one, await rows.rewrite(one.seen, one.changes));
        await nextTurn();
      }
    } else {
      for (const [index, one] of part.entries()) written.set(one, done[index] ? 'rewritten' : 'changed');
    }
    left = undefined;
  }
  return written;
}
