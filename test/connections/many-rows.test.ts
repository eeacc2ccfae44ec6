/** Jobs over many rows: what they write at once, what stops them, and what one row does to the others of its page. */
import { expect, it } from 'vitest';
import type { Connections } from '../../src';
import { keyRing } from '../../src';
import { CommitFailure } from '../../src/database/failure';
import type { Step } from '../../src/database/statement';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import type { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import { accountsOf, keys, longestSent, useTwoKeys } from '../setup/many-accounts';
import { TurnCounter } from '../setup/turn-counter';

describeEachEngine('A job over many rows', (engine) => {
  let host: ConnectedHost;
  let before: Connections;
  let connections: Connections;
  useTwoKeys(engine, (opened) => ({ host, before, connections } = opened));

  const haveAccounts = (userId: string, count: number, refreshToken = 'rt') =>
    before.importAll(accountsOf(userId, count, { refreshToken }));
  const begins = (word: string) => (steps: readonly Step[]) =>
    steps.some(({ sql, isRead }) => isRead !== true && sql.startsWith(`${word} `));
  const updates = begins('UPDATE');
  const deletes = begins('DELETE');
  const rewrites = (steps: readonly Step[]) => updates(steps);
  const sealed = async (keyId: keyof typeof keys) => {
    const rows = await host.rows.find();
    return rows.filter((row) => row.accessTokenEncrypted.startsWith(`v1.${keyId}.`)).length;
  };
  /** How often everything else had its turn. */
  const turnsDuring = async (work: Promise<unknown>): Promise<number> => {
    const counter = new TurnCounter();
    await work;
    counter.stop();
    return counter.turns;
  };

  it('encrypts a hundred rows in one transaction, and lets everything else have its turn in between', async () => {
    await haveAccounts('ada', 450);
    const watching = interceptSteps(host.dataSource, rewrites, (carryOut) => carryOut());
    const turns = await turnsDuring(connections.reencrypt());
    const transactions = watching.mock.calls.filter(([steps]) => rewrites(steps));
    watching.mockRestore();
    expect(transactions).toHaveLength(5);
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(await sealed('new')).toBe(450);
    expect((await turnsDuring(connections.reencrypt())) >= 5).toBe(true);
  });

  it('encrypts the other rows of a page when one is being refreshed', async () => {
    await haveAccounts('ada', 30);
    const until = new Date(Date.now() + MAX_LEASE_MS / 2);
    await host.rows.update({ account: 'account-7' }, { leaseExpiresAt: until });
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 29, skipped: 1, failed: 0 });
    const report = { rewritten: 0, current: 29, skipped: 1 };
    expect(await connections.reencrypt()).toMatchObject(report);
  });

  it('writes the rows one by one when a page fails as a whole, so that one row alone is told of', async () => {
    await haveAccounts('ada', 30);
    const failing = interceptSteps(
      host.dataSource,
      (steps) => rewrites(steps) && steps.length > 1,
      () => Promise.reject(new Error('refused')),
    );
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 30, skipped: 0, failed: 0 });
    failing.mockRestore();
    expect(await sealed('new')).toBe(30);
  });

  it('ends when the answer to a page is lost, and goes on when it runs again', async () => {
    await haveAccounts('ada', 150);
    const losing = interceptSteps(host.dataSource, rewrites, async (carryOut, calls) => {
      const executed = await carryOut();
      if (calls > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    await expect(connections.reencrypt()).rejects.toMatchObject({ code: 'database_failed' });
    losing.mockRestore();
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 50, current: 100 });
  });

  it('stops between two pages when its signal is aborted', async () => {
    await haveAccounts('ada', 250);
    const stop = new AbortController();
    const stopping = interceptSteps(host.dataSource, rewrites, async (carryOut) => {
      setImmediate(() => stop.abort(new Error('enough')));
      return carryOut();
    });
    await expect(connections.reencrypt({ signal: stop.signal })).rejects.toThrow('enough');
    stopping.mockRestore();
    expect(await sealed('new')).toBe(100);
  });

  it('lists a thousand of the rows that cannot be decrypted, and counts all', async () => {
    await haveAccounts('ada', 1003);
    const foreign = host.connections({ cipher: keyRing({ current: 'other', keys: { other: keys.old } }) });
    const { failed, failures, rewritten } = await foreign.reencrypt();
    expect([failed, failures.length, rewritten]).toEqual([1003, 1000, 0]);
    expect(failures[0]).toMatchObject({ userId: 'ada', code: 'key_unknown' });
  });

  it('divides a page of long tokens, so that no statement is longer than a server takes', async () => {
    await haveAccounts('ada', 60, 'r'.repeat(40_000));
    const watching = interceptSteps(host.dataSource, rewrites, (carryOut) => carryOut());
    expect(await connections.renameUser('ada', 'eve')).toBe(60);
    const longest = longestSent(watching);
    watching.mockRestore();
    expect(longest).toBeLessThan(1_200_000);
    const { accessToken } = await connections.getAccessToken('eve', 'atlassian', { account: 'account-59' });
    expect(accessToken).toBe('at-59');
  });

  it('renames every row but those whose account is taken, and says which one that is', async () => {
    await haveAccounts('ada', 12);
    await connections.importTokens('eve', 'atlassian', { accessToken: 'own' }, { account: 'account-5' });
    await expect(connections.renameUser('ada', 'eve')).rejects.toMatchObject({
      code: 'account_taken',
      account: 'account-5',
    });
    expect([await host.rows.countBy({ userId: 'ada' }), await host.rows.countBy({ userId: 'eve' })]).toEqual([
      1, 12,
    ]);
    await connections.disconnect('eve', 'atlassian', { account: 'account-5' });
    expect(await connections.renameUser('ada', 'eve')).toBe(1);
  });

  it('renames a user with many rows, and nobody whose id differs in case', async () => {
    await haveAccounts('ada', 230);
    await haveAccounts('Ada', 120);
    expect(await connections.renameUser('ada', 'eve')).toBe(230);
    expect(await host.rows.countBy({ userId: 'Ada' })).toBe(120);
    expect(await connections.renameUser('eve', 'eve')).toBe(0);
    const { accessToken } = await connections.getAccessToken('eve', 'atlassian', { account: 'account-229' });
    expect(accessToken).toBe('at-229');
  });

  it('renames and deletes rows that came after it has read and before it has ended the flows', async () => {
    const isFirst = (wanted: (steps: readonly Step[]) => boolean, account: string) =>
      interceptSteps(host.dataSource, wanted, async (carryOut, calls) => {
        if (calls === 0) await before.importTokens('ada', 'atlassian', { accessToken: 'late' }, { account });
        return carryOut();
      });
    const endsFlows = (steps: readonly Step[]) =>
      steps[0]?.sql.includes('connection_oauth_states') === true && deletes(steps);
    await haveAccounts('ada', 3);
    const renaming = isFirst(endsFlows, 'late-1');
    expect(await connections.renameUser('ada', 'eve')).toBe(4);
    renaming.mockRestore();
    const forgetting = isFirst(endsFlows, 'late-2');
    expect(await connections.forgetUser('ada')).toBe(1);
    forgetting.mockRestore();
    const disconnecting = isFirst(endsFlows, 'late-3');
    const { removed } = await connections.disconnect('ada', 'atlassian', { account: 'late-3' });
    disconnecting.mockRestore();
    expect([removed, await host.rows.countBy({ userId: 'ada' })]).toEqual([true, 0]);
  });

  it(
    'forgets a user with many rows, a hundred in one transaction with the flows',
    { tags: ['long'] },
    async () => {
      await haveAccounts('ada', 230);
      await haveAccounts('Ada', 3);
      const watching = interceptSteps(host.dataSource, deletes, (carryOut) => carryOut());
      expect(await connections.forgetUser('ada')).toBe(230);
      const sizes = watching.mock.calls
        .map(([steps]) => steps)
        .filter(deletes)
        .map((steps) => steps.filter(({ isRead }) => !isRead).length);
      watching.mockRestore();
      expect(sizes).toEqual([101, 100, 30]);
      expect(await host.rows.count()).toBe(3);
    },
  );

  it('disconnects with one read and one transaction', async () => {
    await haveAccounts('ada', 1);
    const watching = interceptSteps(host.dataSource, deletes, (carryOut) => carryOut());
    const { removed } = await connections.disconnect('ada', 'atlassian', { account: 'account-0' });
    const sizes = watching.mock.calls
      .map(([steps]) => steps)
      .filter(deletes)
      .map((steps) => steps.length);
    watching.mockRestore();
    expect([removed, sizes]).toEqual([true, [2]]);
  });

  // Last: it changes the table. A host's foreign key may hold a column in any character set.
  it.each(engine === 'mariadb' ? ['latin1_general_ci'] : [])(
    'touches nobody else where the collation of a column knows no case: %s',
    async (collation) => {
      await host.dataSource.query(
        `ALTER TABLE user_connection_tokens MODIFY user_id varchar(255) CHARACTER SET latin1 COLLATE ${collation} NOT NULL`,
      );
      await before.importTokens('Ada', 'atlassian', { accessToken: 'at' }, { account: 'other' });
      await haveAccounts('ada', 3);
      expect(await connections.renameUser('ada', 'eve')).toBe(3);
      expect(await connections.forgetUser('ada')).toBe(0);
      expect(await host.rows.count()).toBe(4);
    },
  );
});
