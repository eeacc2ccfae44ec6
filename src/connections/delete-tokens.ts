/**
 * Deletes rows of tokens as they were read, and ends the flows that could bring others in the same transaction. What has gone is
 * told even where it ends with an error: only who deleted tokens can revoke them.
 */
import { setImmediate, setTimeout } from 'node:timers/promises';
import { chunksOf } from '../database/chunks';
import { isUncertain } from '../database/database-error';
import { isConnectionsError } from '../errors';
import type { AccountRef } from '../tokens/account-ref';
import type { StoredToken } from '../tokens/token-row';
import type { Opened } from './opened';

type Account = Readonly<Partial<AccountRef>>;

/** @param deleted gets the row as it was deleted, unless there was none or the user has connected again meanwhile */
export async function deleteAccount(ref: AccountRef, opened: Opened, deleted: StoredToken[]): Promise<void> {
  const { rows } = opened.vault;
  let haveFlowsEnded = false;
  /** The row as it was when no flow that began before could bring tokens any more. */
  let meant: StoredToken | null = null;
  for (;;) {
    const row = await rows.read(ref);
    if (haveFlowsEnded) {
      if (!row || (meant && row.grantId !== meant.grantId)) return;
      meant = row;
    }
    const isCertain = await deleteRows(row ? [row] : [], haveFlowsEnded ? null : ref, opened, deleted);
    haveFlowsEnded ||= isCertain;
    if (haveFlowsEnded && row && deleted.at(-1) === row) return;
  }
}

/**
 * Ends every flow of a user and deletes every row.
 * @param deleted gets the rows as they were deleted
 * @throws what the database said of a row that cannot be deleted, once those that were to go with it have gone
 */
export async function deleteAccounts(userId: string, opened: Opened, deleted: StoredToken[]): Promise<void> {
  const { pages } = opened.vault;
  // With the first rows, so that what a flow brought before is found afterwards.
  let flows: Account | null = { userId };
  for (;;) {
    const page = await pages.someOf(userId);
    if (!flows && page.length === 0) return;
    const parts = chunksOf(page, ({ accessTokenEncrypted }) => accessTokenEncrypted.length);
    for (const part of parts.length > 0 ? parts : [[]]) {
      if (await deletePart(part, flows, opened, deleted)) flows = null;
    }
    // A driver that is synchronous would keep the process from everything else.
    await setImmediate();
  }
}

/** As `deleteRows` does; where they cannot be deleted together, each is deleted by itself. */
async function deletePart(
  part: readonly StoredToken[],
  flows: Account | null,
  opened: Opened,
  deleted: StoredToken[],
): Promise<boolean> {
  try {
    return await deleteRows(part, flows, opened, deleted);
  } catch (error) {
    if (isUncertain(error) || part.length < 2) throw error;
  }
  if (flows) await deleteRows([], flows, opened, deleted);
  const errors: unknown[] = [];
  for (const row of part) {
    await deleteRows([row], null, opened, deleted).catch((error: unknown) => errors.push(error));
    // One row that is locked is waited for, and not one after the other.
    if (errors.filter((error) => isConnectionsError(error, 'database_busy')).length > 1) break;
    await setImmediate();
  }
  if (errors.length > 0) throw errors[0];
  return true;
}

/**
 * Deletes rows as they were read and ends flows, in one transaction.
 * @param flows whose; null for none
 * @param deleted gets the rows that have gone
 * @returns false when only the rows are known to have gone
 * @throws what the database said, unless all of the rows have gone
 */
async function deleteRows(
  page: readonly StoredToken[],
  flows: Account | null,
  opened: Opened,
  deleted: StoredToken[],
): Promise<boolean> {
  try {
    const done = await opened.vault.pages.deleteAll(page, flows ? [opened.states.ending(flows)] : []);
    deleted.push(...page.filter((_row, index) => done[index]));
    return true;
  } catch (error) {
    if (!isUncertain(error)) throw error;
    // No other call would revoke the tokens.
    const gone = await goneOf(page, opened);
    deleted.push(...gone);
    if (gone.length === 0 || gone.length < page.length) throw error;
    return false;
  }
}

const LOOKS = 5;
const LOOK_AGAIN_MS = 100;

/** Those of which there is no row any more; none where the database cannot tell for as long as a revocation may wait. */
async function goneOf(
  page: readonly StoredToken[],
  { vault: { rows }, providers }: Opened,
): Promise<readonly StoredToken[]> {
  const deadline = providers.deadline();
  for (let looks = 1; ; looks += 1) {
    try {
      const now = await Promise.all(page.map(({ id }) => rows.readById(id)));
      return page.filter((_row, index) => now[index] === null);
    } catch {
      const pauseMs = LOOK_AGAIN_MS * 2 ** looks;
      if (looks === LOOKS || performance.now() + pauseMs > deadline) return [];
      await setTimeout(pauseMs);
    }
  }
}
