/** How long a put is tried, and what it says in the end, with rows that fail as a test wants. */
import { describe, expect, it } from 'vitest';
import { CommitFailure } from '../../src/database/failure';
import { ConnectionsError } from '../../src/errors';
import type { Put } from '../../src/tokens/put';
import { putTokens } from '../../src/tokens/put';
import { putProtocol } from '../../src/tokens/put-protocol';
import type { StoredToken } from '../../src/tokens/token-row';
import type { TokenRows } from '../../src/tokens/token-rows';

const ref = { userId: 'ada', connectionName: 'github', account: 'default' };
const row = { ...ref, grantId: 'theirs', grantedAt: null } as StoredToken;
const put: Put = {
  ref,
  values: {} as Put['values'],
  grant: { id: 'ours', at: null },
  before: null,
  mayReplace: () => true,
  forMs: 60_000,
};
const failed = new ConnectionsError('database_failed', 'Writing tokens failed');

/** @param attempts what the puts come to, the last one again and again */
function rowsThat(attempts: readonly (string | Error)[], more: Partial<TokenRows> = {}) {
  const left = [...attempts];
  let count = 0;
  const rows = {
    async put() {
      count += 1;
      const next = left.length > 1 ? left.shift() : left[0];
      if (next instanceof Error) throw next;
      return next;
    },
    read: async () => row,
    isMistaken: async () => false,
    isLasting: () => false,
    ...more,
  } as unknown as TokenRows;
  return { rows, attempts: () => count };
}

describe('A put of tokens', () => {
  it('is given up when other writers overtake it a hundred times', async () => {
    const { rows, attempts } = rowsThat(['changed']);
    const done = await putTokens(rows, { ...put, forMs: 0 });
    expect(done).toMatchObject({ outcome: 'failed', isUnused: true, error: { code: 'database_busy' } });
    expect(attempts()).toBe(101);
  });

  it('is tried once by an import, and is not used when the database has refused it', async () => {
    const { rows, attempts } = rowsThat([failed]);
    const done = await putTokens(rows, { ...put, forMs: 0 });
    expect([done, attempts()]).toEqual([
      expect.objectContaining({ outcome: 'failed', isUnused: true, error: failed }),
      1,
    ]);
  });

  it('is given up at once when the same failure would come again', async () => {
    const { rows, attempts } = rowsThat([failed], { isLasting: () => true });
    expect(await putTokens(rows, put)).toMatchObject({ outcome: 'failed', error: failed });
    expect(attempts()).toBe(1);
  });

  it('is given up at once when the key mistakes the account for another', async () => {
    const none = { read: async () => null, isMistaken: async () => true };
    const { rows, attempts } = rowsThat(['taken'], none);
    expect(await putTokens(rows, put)).toMatchObject({
      outcome: 'failed',
      isUnused: true,
      error: { code: 'account_taken' },
    });
    expect(attempts()).toBe(1);
  });

  it('goes on when another account only had the key for a moment', async () => {
    const { rows } = rowsThat(['taken', 'put'], { read: async () => null });
    expect(await putTokens(rows, put)).toMatchObject({ outcome: 'put', row: null });
  });

  it('may have stored its tokens once an answer to a commit was lost, whatever comes after', async () => {
    const lost = new ConnectionsError('database_failed', 'It may have been done', {
      cause: new CommitFailure('reset'),
    });
    const { rows } = rowsThat([lost, 'ended']);
    expect(await putTokens(rows, put)).toMatchObject({ outcome: 'ended', isUnused: false });
  });
});

describe('Tokens that may not replace what is there', () => {
  it.each([
    [true, 'superseded'],
    [false, 'ended'],
  ])('gave way if their flow was still there (%s), and came too late if not', (wasThere, outcome) => {
    const protocol = putProtocol('ours', row, () => false);
    expect(protocol.next().value).toEqual({ step: 'end' });
    expect(protocol.next(wasThere).value).toEqual({ outcome, isUnused: true });
  });
});
