/**
 * Deletes rows of tokens as they were read and, in the same transaction, ends the flows that could bring new ones. Deleted rows are
 * reported even after an error: once a row is gone, only the caller that deleted it can still revoke its tokens.
 */
import { chunksOf } from '../../database/chunks';
import { isUncertain } from '../../database/database-error';
import { isConnectionsError } from '../../errors';
import { nextTurn, pause } from '../../pauses';
import type { AccountRef } from '../../tokens/account-ref';
import type { RevocableToken } from '../../tokens/token-row';
import type { Runtime } from '../runtime';

type Account = Readonly<Partial<AccountRef>>;

/** @param deleted gets the row as it was deleted, unless there was none or the user has connected again meanwhile */
export async function deleteAccount(
  ref: AccountRef,
  runtime: Runtime,
  deleted: RevocableToken[],
): Promise<void> {
  const { rows } = runtime.vault;
  let haveFlowsEnded = false;
  /** The row to delete, as read once no earlier flow could replace it. */
  let meant: RevocableToken | null = null;
  for (;;) {
    const row = await rows.readRevocable(ref);
    if (haveFlowsEnded) {
      if (!row || (meant && row.grantId !== meant.grantId)) return;
      meant = row;
    }
    const part = { rows: row ? [row] : [], flows: haveFlowsEnded ? null : ref };
    const done = await deleteRows(part, runtime, deleted);
    haveFlowsEnded ||= done.haveFlowsEnded;
    if (haveFlowsEnded && row && deleted.at(-1) === row) return;
  }
}

/**
 * Ends every flow of a user and deletes every row.
 * @param deleted gets the rows as they were deleted
 * @throws what the database said of a row that cannot be deleted, once those that were to go with it have gone
 */
export async function deleteAccounts(
  userId: string,
  runtime: Runtime,
  deleted: RevocableToken[],
): Promise<void> {
  const { pages } = runtime.vault;
  // With the first rows, so that what a flow brought before is found afterwards.
  let flows: Account | null = { userId };
  let left: Done['left'];
  for (;;) {
    const page = left ?? (await pages.someOf(userId));
    if (!flows && page.length === 0) return;
    const parts = chunksOf(page, ({ accessTokenEncrypted }) => accessTokenEncrypted.length);
    const last = parts.pop() ?? [];
    for (const rows of parts) {
      const done = await deletePart({ rows, flows }, runtime, deleted);
      if (done.haveFlowsEnded) flows = null;
    }
    const done = await deletePart({ rows: last, flows, leftOf: userId }, runtime, deleted);
    if (done.haveFlowsEnded) flows = null;
    ({ left } = done);
    // A driver that is synchronous would keep the process from everything else.
    await nextTurn();
  }
}

/** What goes in one transaction. */
interface Part {
  readonly rows: readonly RevocableToken[];
  /** Whose flows end; null for none. */
  readonly flows: Account | null;
  /** The user whose remaining rows are read afterwards; default none. */
  readonly leftOf?: string | undefined;
}

interface Done {
  /** False where only the rows are known to have gone; true where no flows were to end. */
  readonly haveFlowsEnded: boolean;
  /** Some of the rows that are left; undefined where that is not known. */
  readonly left?: readonly RevocableToken[] | undefined;
}

/** As `deleteRows` does; where they cannot be deleted together, each is deleted by itself. */
async function deletePart(part: Part, runtime: Runtime, deleted: RevocableToken[]): Promise<Done> {
  const { rows, flows } = part;
  try {
    return await deleteRows(part, runtime, deleted);
  } catch (error) {
    if (isUncertain(error) || rows.length < 2) throw error;
  }
  if (flows) await deleteRows({ rows: [], flows }, runtime, deleted);
  const errors: unknown[] = [];
  for (const row of rows) {
    const one = deleteRows({ rows: [row], flows: null }, runtime, deleted);
    await one.catch((error: unknown) => errors.push(error));
    // Waits for one locked row, but not for several in turn.
    if (errors.filter((error) => isConnectionsError(error, 'database_busy')).length > 1) break;
    await nextTurn();
  }
  if (errors.length > 0) throw errors[0];
  return { haveFlowsEnded: true };
}

/**
 * Deletes rows as they were read and ends flows, in one transaction.
 * @param deleted gets the rows that have gone
 * @throws what the database said, unless all of the rows have gone
 */
async function deleteRows(
  { rows, flows, leftOf }: Part,
  runtime: Runtime,
  deleted: RevocableToken[],
): Promise<Done> {
  const { pages } = runtime.vault;
  const also = flows ? [runtime.states.ending(flows)] : [];
  try {
    const done =
      leftOf === undefined
        ? { deleted: await pages.deleteAll(rows, also), left: undefined }
        : await pages.deleteAllThenRead(rows, also, leftOf);
    deleted.push(...rows.filter((_row, index) => done.deleted[index]));
    return { haveFlowsEnded: true, left: done.left };
  } catch (error) {
    if (!isUncertain(error)) throw error;
    // No other call would revoke the tokens.
    const gone = await goneOf(rows, runtime);
    deleted.push(...gone);
    if (gone.length === 0 || gone.length < rows.length) throw error;
    return { haveFlowsEnded: false };
  }
}

const LOOKS = 5;

const LOOK_AGAIN_MS = 100;

/**
 * The rows that are gone, as far as the database can tell within the time that a revocation may wait. A database server that has
 * not noticed the lost connection may still commit the first deletion: deleting again waits for its end, and removes what it left.
 */
async function goneOf(
  page: readonly RevocableToken[],
  { vault: { rows, pages }, providers }: Runtime,
): Promise<readonly RevocableToken[]> {
  const deadline = providers.deadline();
  const gone = new Set<RevocableToken>();
  for (let looks = 1; ; looks += 1) {
    try {
      const done = await pages.deleteAll(page);
      for (const [index, row] of page.entries()) if (done[index]) gone.add(row);
      const now = await Promise.all(page.map(({ id }) => rows.readById(id)));
      return page.filter((_row, index) => now[index] === null);
    } catch {
      const pauseMs = LOOK_AGAIN_MS * 2 ** looks;
      if (looks === LOOKS || performance.now() + pauseMs > deadline) return [...gone];
      await pause(pauseMs);
    }
  }
}
