/** A shutdown, and a locked row, while jobs over many rows are at work. */
import { expect, it } from 'vitest';
import type { Connections } from '../../src';
import type { Step } from '../../src/database/statement';
import type { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import { accountsOf, ringOf, useTwoKeys } from '../setup/many-accounts';

describeEachEngine('A job that is under way', (engine) => {
  let host: ConnectedHost;
  let before: Connections;
  let connections: Connections;
  useTwoKeys(engine, (opened) => ({ host, before, connections } = opened));

  const begins =
    (word: string) =>
    ([one]: readonly Step[]) =>
      one?.sql.startsWith(word) === true;

  it.each<[string, string, (connections: Connections) => Promise<unknown>]>([
    ['reencrypt', 'UPDATE', (one) => one.reencrypt()],
    ['renameUser', 'UPDATE', (one) => one.renameUser('ada', 'eve')],
    ['importAll', 'INSERT', (one) => one.importAll(accountsOf('bob', 250))],
  ])('ends when Connections is closed, once its statement is done: %s', async (_name, word, work) => {
    await before.importAll(accountsOf('ada', 250));
    const order: string[] = [];
    let closed: Promise<unknown> | undefined;
    const closing = interceptSteps(host.dataSource, begins(word), async (carryOut, calls) => {
      if (calls === 0) closed = connections.close().then(() => order.push('closed'));
      const executed = await carryOut();
      order.push('written');
      return executed;
    });
    await expect(work(connections)).rejects.toMatchObject({ code: 'connections_closed' });
    await closed;
    closing.mockRestore();
    expect(order).toEqual(['written', 'closed']);
    // It opens again.
    await work(connections);
  });

  it('ends when Connections is closed by what it waits for', async () => {
    const source = async function* () {
      yield* accountsOf('bob', 120);
      await connections.close();
      yield* accountsOf('eve', 120);
    };
    await expect(connections.importAll(source())).rejects.toMatchObject({ code: 'connections_closed' });
    const importing = connections.importAll(accountsOf('bob', 250), {
      onProgress: () => connections.close(),
    });
    await expect(importing).rejects.toMatchObject({ code: 'connections_closed' });
  });

  it.skipIf(engine === 'sqlite')(
    'lets another token of its page be refreshed while it waits for a row that is locked',
    { tags: ['long'], timeout: 20_000 },
    async () => {
      await before.importAll(accountsOf('ada', 3));
      const { id } = await host.user(before);
      const held = 'ffffffff-ffff-4fff-bfff-ffffffffffff';
      await host.rows.update({ account: 'account-0' }, { id: held });
      await host.rows.update({ userId: id }, { id: '00000000-0000-4000-8000-000000000000' });
      const holder = (await host.newDataSource()).createQueryRunner();
      await holder.startTransaction();
      await holder.manager.update(host.rows.target, { id: held }, { tokenType: 'held' });
      const patient = await host.replica({ cipher: ringOf('new'), lockTimeoutMs: 60_000 });
      const watching = interceptSteps(
        host.dataSource,
        (steps) => steps.length > 1,
        (carryOut) => {
          sent();
          return carryOut();
        },
      );
      let sent = () => {};
      const isSent = new Promise<void>((resolve) => (sent = resolve));
      const job = patient.reencrypt();
      await isSent;
      watching.mockRestore();
      await before.getAccessToken(id, 'atlassian');
      await holder.rollbackTransaction();
      await holder.release();
      expect(await job).toMatchObject({ failed: 0 });
    },
  );
});
