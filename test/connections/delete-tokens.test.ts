/** A user is forgotten whose rows cannot all be deleted at once: what goes all the same, what is revoked, and what is told. */
import { afterEach, beforeAll, beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import type { Connections } from '../../src';
import { ConnectionOAuthState, UserConnectionToken } from '../../src';
import { CommitFailure } from '../../src/database/failure';
import type { Step } from '../../src/database/statement';
import { TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import { accountsOf, deletes, longestSent } from '../setup/many-accounts';
import { shortenPauses } from '../setup/short-pauses';
import { TurnCounter } from '../setup/turn-counter';
import { waitingSession } from '../setup/waiting-session';

describeEachEngine('A user with many rows who is forgotten', (engine) => {
  const host = ConnectedHost.forTests(engine);
  shortenPauses();
  let connections: Connections;
  let revoked: string[] = [];
  beforeAll(() => {
    connections = host.connections();
    connections.on('disconnected', ({ account }) => revoked.push(account));
  });
  beforeEach(async () => {
    await host.rows.deleteAll();
    revoked = [];
  });
  afterEach(() => void vi.restoreAllMocks());

  const haveAccounts = (count: number, accessToken = 'at') =>
    connections.importAll(accountsOf('ada', count, { accessToken }));
  const deletionsOfTokens = (steps: readonly Step[]) =>
    steps.filter(({ sql }) => sql.startsWith('DELETE ') && sql.includes('user_connection_tokens'));

  it('loses the rows that can be deleted, revoked, and the error says what is wrong with the other', async () => {
    await haveAccounts(12);
    const table = host.rows.metadata.tablePath;
    for (const sql of holding[engine](table)) await host.dataSource.query(sql);
    try {
      await expect(connections.forgetUser('ada')).rejects.toMatchObject({ code: 'database_failed' });
    } finally {
      for (const sql of letting[engine](table)) await host.dataSource.query(sql);
    }
    expect((await host.rows.find()).map(({ account }) => account)).toEqual(['account-5']);
    expect([revoked.length, revoked.includes('account-5')]).toEqual([11, false]);
    expect(await connections.forgetUser('ada')).toBe(1);
  });

  it('is deleted in parts where the tokens are long, so that no statement is longer than a server takes', async () => {
    await haveAccounts(30, 'a'.repeat(40_000));
    const watching = interceptSteps(host.dataSource, deletes, (carryOut) => carryOut());
    expect(await connections.forgetUser('ada')).toBe(30);
    expect(longestSent(watching)).toBeLessThan(1_200_000);
  });

  it(
    'is deleted in the order of ids, and everything else has its turn between two pages',
    { tags: ['long'] },
    async () => {
      await haveAccounts(250);
      const counter = new TurnCounter();
      const turnsBefore: number[] = [];
      const watching = interceptSteps(host.dataSource, deletes, (carryOut) => {
        turnsBefore.push(counter.turns);
        return carryOut();
      });
      expect(await connections.forgetUser('ada')).toBe(250);
      counter.stop();
      const pages = watching.mock.calls.map(([steps]) =>
        deletionsOfTokens(steps).map(({ parameters }) => parameters?.[0]),
      );
      for (const ids of pages)
        expect(ids).toEqual(ids.map(String).toSorted((one, other) => (one < other ? -1 : 1)));
      expect(turnsBefore.length).toBeGreaterThan(2);
      for (const [index, count] of turnsBefore.slice(1).entries())
        expect(count).toBeGreaterThan(turnsBefore[index] ?? 0);
    },
  );

  it('is read once: what is left after a deletion is seen in its transaction, also what came before', async () => {
    await haveAccounts(3);
    const late = [...accountsOf('ada', 4, { accessToken: 'late' })].slice(3);
    const reading = vi.spyOn(TokenPages.prototype, 'someOf');
    const deleting = interceptSteps(host.dataSource, deletes, async (carryOut, calls) => {
      if (calls === 0) await connections.importAll(late);
      return carryOut();
    });
    expect(await connections.forgetUser('ada')).toBe(4);
    expect([
      reading.mock.calls.length,
      deleting.mock.calls.filter(([steps]) => deletes(steps)).length,
    ]).toEqual([1, 2]);
    expect(revoked.toSorted()).toEqual(['account-0', 'account-1', 'account-2', 'account-3']);
    expect(await host.rows.count()).toBe(0);
  });

  it.skipIf(engine === 'sqlite')(
    'loses what a flow brings that ends while its row is waited for',
    async () => {
      await haveAccounts(1);
      await connections.importTokens('bob', 'atlassian', { accessToken: 'of a flow' });
      await host.connections({ publicUrl: 'https://api.example.test' }).authorize('ada', 'atlassian');
      const [states, tokens] = [ConnectionOAuthState, UserConnectionToken].map(
        (entity) => host.dataSource.getMetadata(entity).tablePath,
      );
      const flow = host.dataSource.createQueryRunner();
      onTestFinished(async () => {
        if (flow.isTransactionActive) await flow.rollbackTransaction();
        await flow.release();
      });
      await flow.startTransaction('READ COMMITTED');
      await flow.query(`DELETE FROM ${states} WHERE user_id = 'ada'`);
      await flow.query(`UPDATE ${tokens} SET user_id = 'ada' WHERE user_id = 'bob'`);
      interceptSteps(host.dataSource, deletes, async (carryOut, calls) => {
        const executing = carryOut();
        if (calls === 0) {
          executing.catch(() => undefined);
          if (engine !== 'sqlite') await waitingSession(engine, host.dataSource, flow);
          await flow.commitTransaction();
        }
        return executing;
      });
      expect(await connections.forgetUser('ada')).toBe(2);
      expect(await host.rows.count()).toBe(0);
    },
  );

  it('is revoked although the answer was lost, and the database could not say at once what has gone', async () => {
    await haveAccounts(3);
    interceptSteps(host.dataSource, deletes, async (carryOut, calls) => {
      const executed = await carryOut();
      if (calls === 0) throw new CommitFailure(new Error('connection reset'));
      return executed;
    });
    vi.spyOn(TokenRows.prototype, 'readById').mockRejectedValueOnce(new Error('the database is restarting'));
    expect(await connections.forgetUser('ada')).toBe(3);
    expect(revoked.toSorted()).toEqual(['account-0', 'account-1', 'account-2']);
  });

  it.skipIf(engine === 'sqlite').each([
    { what: 'disconnect', accounts: 1 },
    { what: 'forgetUser', accounts: 3 },
  ])(
    'is revoked although the connection was cut while the server waited for a row, which it deletes later: $what',
    async ({ what, accounts }) => {
      await haveAccounts(accounts);
      const holder = host.dataSource.createQueryRunner();
      await holder.startTransaction();
      await holder.query(`SELECT * FROM ${host.rows.metadata.tablePath} FOR UPDATE`);
      const letGo = async () => void (holder.isTransactionActive && (await holder.rollbackTransaction()));
      let going: Promise<unknown> | undefined;
      interceptSteps(host.dataSource, deletes, async (carryOut, calls) => {
        if (calls === 0) {
          going = carryOut().catch(() => undefined);
          throw new CommitFailure(new Error('connection reset'));
        }
        await letGo();
        return carryOut();
      });
      const work =
        what === 'forgetUser'
          ? connections.forgetUser('ada')
          : connections.disconnect('ada', 'atlassian', { account: 'account-0' });
      await work.catch(letGo);
      await going;
      await holder.release();
      expect([await host.rows.count(), revoked.length]).toEqual([0, accounts]);
    },
  );
});

const held = (table: string) => [
  `CREATE TABLE ${table}_held AS SELECT id FROM ${table} WHERE account = 'account-5'`,
  `ALTER TABLE ${table}_held ADD FOREIGN KEY (id) REFERENCES ${table} (id)`,
];

/** What a host's foreign key does to one row. */
const holding = {
  sqlite: (table: string) => [
    `CREATE TRIGGER held BEFORE DELETE ON ${table} WHEN OLD.account = 'account-5' BEGIN SELECT RAISE(ABORT, 'held'); END`,
  ],
  postgres: held,
  mariadb: held,
  mysql: held,
};

const freed = (table: string) => [`DROP TABLE ${table}_held`];

const letting = { sqlite: () => ['DROP TRIGGER held'], postgres: freed, mariadb: freed, mysql: freed };
