/** Flows that nobody came back for: they are deleted in the background, and nothing waits for it. */
import { expect, it } from 'vitest';
import { eventually } from '../setup/eventually';
import type { Step } from '../../src/database/statement';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import { shortenPauses } from '../setup/short-pauses';
import { StateTable, flow } from '../setup/state-table';

function deferred() {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describeEachEngine('Expired flows', (engine) => {
  const table = new StateTable(engine);
  shortenPauses();
  let users = 0;

  /** Expired flows, and another process whose first flow deletes them. */
  const expiredFlows = async (many: number) => {
    const { rows } = table;
    const row = { ...flow, userId: 'Late', createdAt: new Date(0), grantId: null };
    for (let index = 0; index < many; index += 200) {
      const late = Array.from({ length: Math.min(200, many - index) }, (_, place) => {
        const expiresAt = new Date(Date.now() - 1000 - (place % 3));
        return { ...row, state: table.newDigest(), expiresAt };
      });
      await rows.insert(late);
    }
    const sweeping = table.newProcess();
    return {
      sweeping,
      begin: () => sweeping.put(table.newDigest(), { ...flow, userId: `New-${(users += 1)}` }),
      left: () => rows.countBy({ userId: 'Late' }),
    };
  };
  const deletesMany = ([one]: readonly Step[]) => /DELETE .* (?:IN|= ANY) \(/.test(one?.sql ?? '');

  it('are deleted 250 at a time once they are over, until none is left', async () => {
    const { begin, left } = await expiredFlows(600);
    const counts: number[] = [];
    interceptSteps(table.dataSource, deletesMany, async (carryOut) => {
      counts.push(await left());
      return carryOut();
    });
    await begin();
    await eventually(async () => expect(await left()).toBe(0));
    expect(counts).toEqual([600, 350, 100]);
  });

  it('are deleted also while users keep coming, whose flows have to be counted', async () => {
    const { begin, left } = await expiredFlows(10);
    const order: string[] = [];
    const noted = (what: string, isOne: boolean) => isOne && order.push(what) > 0;
    interceptSteps(
      table.dataSource,
      (steps) => noted('expired', deletesMany(steps)) || noted('a user', /OFFSET/.test(steps[0]?.sql ?? '')),
      async (carryOut, calls) => {
        if (calls < 20) await begin();
        return carryOut();
      },
    );
    await begin();
    await eventually(async () => expect(await left()).toBe(0));
    expect(order.slice(0, 3)).toContain('expired');
  });

  it('keep no flow waiting that begins, and a shutdown for one statement', async () => {
    const { sweeping, begin, left } = await expiredFlows(350);
    const { promise: held, resolve: release } = deferred();
    const { promise: arrived, resolve: arrive } = deferred();
    const holding = interceptSteps(table.dataSource, deletesMany, async (carryOut) => {
      arrive();
      await held;
      return carryOut();
    });
    await begin();
    await arrived;
    await begin();
    const order: string[] = [];
    const closed = sweeping.close().then(() => order.push('closed'));
    await begin();
    order.push('released');
    release();
    await closed;
    expect([order, await left(), holding.mock.calls.length > 0]).toEqual([['released', 'closed'], 100, true]);
    holding.mockRestore();
    await sweeping.close();
    expect(await left()).toBe(100);
  });

  it('that cannot be deleted disturb no flow, and the next one tries again', async () => {
    const { begin, left } = await expiredFlows(10);
    const failing = interceptSteps(table.dataSource, deletesMany, () => Promise.reject(new Error('refused')));
    await begin();
    await eventually(() => expect(failing.mock.results.length).toBeGreaterThan(2));
    failing.mockRestore();
    const next = table.newProcess();
    await next.put(table.newDigest(), flow);
    await eventually(async () => expect(await left()).toBe(0));
  });
});
