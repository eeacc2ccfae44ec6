/** Jobs over many rows: what they write at once, and what happens between two pages. */
import { expect, it } from 'vitest';
import type { Connections } from '../../src';
import { CommitFailure } from '../../src/database/failure';
import type { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import type { TwoKeys } from '../setup/many-accounts';
import { deletes, sealedWith, updates, useTwoKeys } from '../setup/many-accounts';
import { TurnCounter } from '../setup/turn-counter';

describeEachEngine('A job over many rows', (engine) => {
  let host: ConnectedHost;
  let connections: Connections;
  let haveAccounts: TwoKeys['haveAccounts'];
  useTwoKeys(engine, (opened) => ({ host, connections, haveAccounts } = opened));

  /** How often everything else had its turn. */
  const turnsDuring = async (work: Promise<unknown>): Promise<number> => {
    const counter = new TurnCounter();
    await work;
    counter.stop();
    return counter.turns;
  };

  it('encrypts a hundred rows in one transaction, and lets everything else have its turn in between', async () => {
    await haveAccounts('ada', 250);
    const watching = interceptSteps(host.dataSource, updates, (carryOut) => carryOut());
    const turns = await turnsDuring(connections.reencrypt());
    const transactions = watching.mock.calls.filter(([steps]) => updates(steps));
    watching.mockRestore();
    expect(transactions).toHaveLength(3);
    expect(turns).toBeGreaterThanOrEqual(3);
    expect(await sealedWith('new', host)).toBe(250);
    expect((await turnsDuring(connections.reencrypt())) >= 3).toBe(true);
  });

  it('ends when the answer to a page is lost, and goes on when it runs again', async () => {
    await haveAccounts('ada', 150);
    const losing = interceptSteps(host.dataSource, updates, async (carryOut, calls) => {
      const executed = await carryOut();
      if (calls > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    await expect(connections.reencrypt()).rejects.toMatchObject({ code: 'database_failed' });
    losing.mockRestore();
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 50, current: 100 });
  });

  it('stops between two pages when its signal is aborted', async () => {
    await haveAccounts('ada', 150);
    const stop = new AbortController();
    interceptSteps(host.dataSource, updates, async (carryOut) => {
      setImmediate(() => stop.abort(new Error('enough')));
      return carryOut();
    });
    await expect(connections.reencrypt({ signal: stop.signal })).rejects.toThrow('enough');
    expect(await sealedWith('new', host)).toBe(100);
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
    expect([removed, sizes]).toEqual([true, [2]]);
  });
});
