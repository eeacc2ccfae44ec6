/** Who gets an authorization in flight, and who takes nothing from its owner; how long it lasts, and what ends it. */
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { beforeAll, expect, it, vi } from 'vitest';
import { digestOf } from '../../src/connections/flow/secrets';
import { type FlowState, type ReturningUser, StateRows } from '../../src/connections/flow/state-rows';
import { databaseOn } from '../../src/database/engines';
import { CommitFailure } from '../../src/database/failure';
import type { Step } from '../../src/database/statement';
import { ConnectionOAuthState, runConnectionMigrations } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { changeThenReads, interceptSteps } from '../setup/intercepted-steps';
import { describeEachEngine, testDatabase } from '../setup/database';

const flow: FlowState = {
  userId: 'Zoë',
  connectionName: 'atlassian',
  account: 'default',
  codeVerifier: 'encrypted',
  redirectUri: 'https://api.example.test/callback',
  issuer: null,
  originHost: null,
  returnTo: '/it\'s "here"\\',
  requestedScopes: 'read write',
  configFingerprint: 'f',
  browserBinding: null,
};

const bound: FlowState = { ...flow, browserBinding: 'digest' };
const nobody: ReturningUser = { userId: undefined, browserBinding: undefined };

function deferred() {
  let resolve!: () => void;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describeEachEngine('StateRows', (engine) => {
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  let states: StateRows;
  let replica: StateRows;
  let made = 0;
  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    const how = { timeoutMs: 5000, isPrepared: true };
    const open = async (source: DataSource) => new StateRows(databaseOn(source, how));
    dataSource = await database.connect();
    await runConnectionMigrations(dataSource);
    states = await open(dataSource);
    replica = await open(await database.connect());
  });

  const begun = async (given: FlowState): Promise<string> => {
    const digest = digestOf(`state-${(made += 1)}`);
    await states.put(digest, given);
    return digest;
  };
  const take = async (digest: string, who: ReturningUser, rows = states): Promise<FlowState | null> => {
    const taken = await rows.take(digest, who, randomUUID());
    if (!taken) return null;
    const { takenAt, ...began } = taken.flow;
    expect(Math.abs(Date.parse(takenAt) - Date.now())).toBeLessThan(60_000);
    return began;
  };
  const count = (digest: string) => dataSource.getRepository(ConnectionOAuthState).countBy({ state: digest });

  it.each<[string, FlowState, ReturningUser]>([
    ['the user of the session', flow, { ...nobody, userId: 'Zoë' }],
    ['the user, whatever else the browser keeps', flow, { userId: 'Zoë', browserBinding: 'other' }],
    ['the browser', bound, { ...nobody, browserBinding: 'digest' }],
    ['the browser with its user', bound, { userId: 'Zoë', browserBinding: 'digest' }],
  ])('gives a flow, as it began, to %s, and once', async (_who, given, who) => {
    const digest = await begun(given);
    expect(await take(digest, who)).toEqual(given);
    expect(await take(digest, who)).toBeNull();
  });

  it.each<[string, FlowState, ReturningUser]>([
    ['nobody', flow, nobody],
    ['nobody, when it is bound to a browser', bound, nobody],
    ['another user', flow, { ...nobody, userId: 'Ada' }],
    ['a user whose id differs in case', flow, { ...nobody, userId: 'zoë' }],
    ['a user whose id differs in an accent', flow, { ...nobody, userId: 'Zoe' }],
    ['a user whose id has a space more', flow, { ...nobody, userId: 'Zoë ' }],
    ['a browser, when it is bound to a user', flow, { ...nobody, browserBinding: 'digest' }],
    ['the user, when it is bound to a browser', bound, { ...nobody, userId: 'Zoë' }],
    ['another browser', bound, { ...nobody, browserBinding: 'other' }],
    ['another browser of the user', bound, { userId: 'Zoë', browserBinding: 'other' }],
    ['another user in the same browser', bound, { userId: 'Ada', browserBinding: 'digest' }],
  ])('gives it not to %s, who takes nothing from its owner', async (_who, given, who) => {
    const digest = await begun(given);
    expect(await take(digest, who)).toBeNull();
    expect(await count(digest)).toBe(1);
  });

  it('says what a flow is bound to, until it is over', async () => {
    expect(await states.boundTo(await begun(flow))).toBe('user');
    expect(await states.boundTo(await begun(bound))).toBe('browser');
    expect(await states.boundTo(digestOf('never begun'))).toBeNull();
    const taken = await begun(flow);
    await take(taken, { ...nobody, userId: 'Zoë' });
    expect(await states.boundTo(taken)).toBeNull();
    const old = await begun(bound);
    const expiresAt = new Date(Date.now() - 1_000);
    await dataSource.getRepository(ConnectionOAuthState).update({ state: old }, { expiresAt });
    expect(await states.boundTo(old)).toBeNull();
  });

  it('gives it to one of many who ask at once on two connections', async () => {
    const digest = await begun(flow);
    const asked = Array.from({ length: 20 }, (_, index) =>
      take(digest, { ...nobody, userId: 'Zoë' }, index % 2 === 0 ? states : replica),
    );
    const taken = (await Promise.all(asked)).filter((one) => one !== null);
    expect(taken).toEqual([flow]);
  });

  it('gives none that is ten minutes old, by the clock of the database', async () => {
    const digest = await begun(flow);
    const rows = dataSource.getRepository(ConnectionOAuthState);
    const { expiresAt } = await rows.findOneByOrFail({ state: digest });
    expect(Math.abs(expiresAt.getTime() - Date.now() - 600_000)).toBeLessThan(60_000);
    await rows.update({ state: digest }, { expiresAt: new Date(Date.now() - 1000) });
    expect(await take(digest, { ...nobody, userId: 'Zoë' })).toBeNull();
    expect(await count(digest)).toBe(1);
  });

  it('keeps the twenty newest flows of a user who completes none, and all of others', async () => {
    const own = { ...flow, userId: 'Many' };
    const digests: string[] = [];
    const rows = dataSource.getRepository(ConnectionOAuthState);
    const another = await begun(flow);
    for (let round = 0; round < 25; round += 1) {
      const digest = await begun(own);
      digests.push(digest);
      const expiresAt = new Date(Date.now() + 100_000 + round * 1000);
      await rows.update({ state: digest }, { expiresAt });
    }
    const kept = async () => (await rows.findBy({ userId: 'Many' })).map(({ state }) => state);
    await vi.waitFor(async () => expect(await kept()).toHaveLength(20));
    expect((await kept()).toSorted()).toEqual(digests.slice(-20).toSorted());
    expect(await count(another)).toBe(1);
  });

  it('keeps no more of a user whose every flow begins in another process', async () => {
    for (let round = 0; round < 25; round += 1) {
      const process = new StateRows(databaseOn(dataSource, { timeoutMs: 5000, isPrepared: true }));
      await process.put(digestOf(`spread-${round}`), { ...flow, userId: 'Spread' });
    }
    const rows = dataSource.getRepository(ConnectionOAuthState);
    await vi.waitFor(async () => expect(await rows.countBy({ userId: 'Spread' })).toBe(20));
  });

  it('forgets the flows of one user and of nobody else', async () => {
    const [mine, others] = [await begun({ ...flow, userId: 'Eve' }), await begun({ ...flow, userId: 'eve' })];
    expect(await states.endAll({ userId: 'Eve' })).toBe(true);
    expect([await count(mine), await count(others)]).toEqual([0, 1]);
    expect(await states.endAll({ userId: 'Eve' })).toBe(false);
  });

  it('gives it again to the same attempt, whose first answer was lost', async () => {
    const [digest, grantId] = [await begun(flow), randomUUID()];
    const who = { ...nobody, userId: 'Zoë' };
    expect(await states.take(digest, who, grantId)).toMatchObject({ flow });
    expect(await replica.take(digest, who, grantId)).toMatchObject({ flow });
    expect(await take(digest, who)).toBeNull();
  });

  it('is taken when the first answer of the database is lost', async () => {
    const digest = await begun(flow);
    let attempts = 0;
    const losing = interceptSteps(dataSource, changeThenReads, async (carryOut, before) => {
      attempts = before + 1;
      const executed = await carryOut();
      if (before > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    expect(await take(digest, { ...nobody, userId: 'Zoë' })).toEqual(flow);
    expect(attempts).toBe(2);
    losing.mockRestore();
  });

  it('keeps a flow that was taken for ten minutes more, as the exchange may take its time', async () => {
    const own = { ...flow, userId: 'Slow' };
    const [open, taken, old] = [await begun(own), await begun(own), await begun(own)];
    const rows = dataSource.getRepository(ConnectionOAuthState);
    const expired = (digest: string, ago: number) =>
      rows.update({ state: digest }, { expiresAt: new Date(Date.now() - ago) });
    for (const digest of [taken, old]) await take(digest, { ...nobody, userId: 'Slow' });
    await Promise.all([expired(open, 1000), expired(taken, 590_000), expired(old, 610_000)]);
    // The first flow of another process sweeps.
    const sweeping = new StateRows(databaseOn(dataSource, { timeoutMs: 5000, isPrepared: true }));
    await sweeping.put(digestOf(`sweep-${made}`), flow);
    await vi.waitFor(async () => expect(await Promise.all([open, taken, old].map(count))).toEqual([0, 1, 0]));
  });

  /** Expired flows, and another process whose first flow deletes them. */
  const expiredFlows = async (many: number) => {
    const rows = dataSource.getRepository(ConnectionOAuthState);
    const row = { ...flow, userId: 'Late', createdAt: new Date(0), grantId: null };
    for (let index = 0; index < many; index += 200) {
      const late = Array.from({ length: Math.min(200, many - index) }, (_, place) => {
        const expiresAt = new Date(Date.now() - 1000 - (place % 3));
        return { ...row, state: `late-${(made += 1)}`, expiresAt };
      });
      await rows.insert(late);
    }
    const sweeping = new StateRows(databaseOn(dataSource, { timeoutMs: 5000, isPrepared: true }));
    return {
      sweeping,
      begin: () => sweeping.put(digestOf(`begun-${(made += 1)}`), { ...flow, userId: `New-${made}` }),
      left: () => rows.countBy({ userId: 'Late' }),
    };
  };
  const deletesMany = ([one]: readonly Step[]) => /DELETE .* (?:IN|= ANY) \(/.test(one?.sql ?? '');

  it('are deleted 250 at a time once they are over, until none is left', async () => {
    const { begin, left } = await expiredFlows(600);
    const counts: number[] = [];
    const watching = interceptSteps(dataSource, deletesMany, async (carryOut) => {
      counts.push(await left());
      return carryOut();
    });
    await begin();
    await vi.waitFor(async () => expect(await left()).toBe(0));
    expect(counts).toEqual([600, 350, 100]);
    watching.mockRestore();
  });

  it('are deleted also while users keep coming, whose flows have to be counted', async () => {
    const { begin, left } = await expiredFlows(10);
    const order: string[] = [];
    const noted = (what: string, isOne: boolean) => isOne && order.push(what) > 0;
    const coming = interceptSteps(
      dataSource,
      (steps) => noted('expired', deletesMany(steps)) || noted('a user', /OFFSET/.test(steps[0]?.sql ?? '')),
      async (carryOut, calls) => {
        if (calls < 20) await begin();
        return carryOut();
      },
    );
    await begin();
    await vi.waitFor(async () => expect(await left()).toBe(0));
    coming.mockRestore();
    expect(order.slice(0, 3)).toContain('expired');
  });

  it('keep no flow waiting that begins, and a shutdown for one statement', async () => {
    const { sweeping, begin, left } = await expiredFlows(350);
    const { promise: held, resolve: release } = deferred();
    const { promise: arrived, resolve: arrive } = deferred();
    const holding = interceptSteps(dataSource, deletesMany, async (carryOut) => {
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
    const failing = interceptSteps(dataSource, deletesMany, () => Promise.reject(new Error('refused')));
    await begin();
    await vi.waitFor(() => expect(failing.mock.results.length).toBeGreaterThan(2));
    failing.mockRestore();
    const next = new StateRows(databaseOn(dataSource, { timeoutMs: 5000, isPrepared: true }));
    await next.put(digestOf(`begun-${(made += 1)}`), flow);
    await vi.waitFor(async () => expect(await left()).toBe(0));
  });

  it('ends a flow that was taken with this grant, and no other', async () => {
    const [digest, grantId] = [await begun(flow), randomUUID()];
    expect(await states.end(digest, grantId)).toBe(false);
    await states.take(digest, { ...nobody, userId: 'Zoë' }, grantId);
    expect(await states.end(digest, randomUUID())).toBe(false);
    expect(await states.end(digest, grantId)).toBe(true);
    expect(await count(digest)).toBe(0);
  });

  it('ends the flows of one account or one connection, taken or not', async () => {
    const own = { userId: 'Ina', connectionName: 'notion', account: 'work' };
    const digests = await Promise.all(
      [own, { ...own, account: 'home' }, { ...own, userId: 'ina' }, { ...own, connectionName: 'linear' }].map(
        (ref) => begun({ ...flow, ...ref }),
      ),
    );
    await take(digests[0] ?? '', { ...nobody, userId: 'Ina' });
    const counts = () => Promise.all(digests.map(count));
    expect(await states.endAll(own)).toBe(true);
    expect(await counts()).toEqual([0, 1, 1, 1]);
    expect(await states.endAll({ connectionName: 'notion' })).toBe(true);
    expect(await counts()).toEqual([0, 0, 0, 1]);
  });

  it('knows of a user who has come back and whose tokens are not saved yet', async () => {
    const ref = { userId: 'Jo', connectionName: 'atlassian', account: 'default' };
    const digest = await begun({ ...flow, ...ref });
    const others = [{ userId: 'jo' }, { account: 'work' }, { connectionName: 'Atlassian' }];
    expect(await states.hasTaken(ref)).toBe(false);
    await take(digest, { ...nobody, userId: 'Jo' });
    expect(await states.hasTaken(ref)).toBe(true);
    for (const other of others) expect(await states.hasTaken({ ...ref, ...other })).toBe(false);
    const rows = dataSource.getRepository(ConnectionOAuthState);
    await rows.update({ state: digest }, { expiresAt: new Date(Date.now() - 1000) });
    expect(await states.hasTaken(ref)).toBe(true);
  });

  // Last: it changes the table. A host's foreign key may hold a column in any character set.
  it.each(engine === 'mariadb' ? ['latin1_general_ci'] : [])(
    'compares bytes in a column whose collation knows neither case nor accents: %s',
    async (collation) => {
      await dataSource.query(
        `ALTER TABLE connection_oauth_states MODIFY user_id varchar(255) CHARACTER SET latin1 COLLATE ${collation} NOT NULL`,
      );
      const digest = await begun(flow);
      for (const userId of ['zoë', 'ZOË', 'Zoe', 'Zoë ', 'Zo\u0065\u0308']) {
        expect(await take(digest, { ...nobody, userId })).toBeNull();
      }
      expect(await states.endAll({ userId: 'zoë' })).toBe(false);
      for (let round = 0; round < 25; round += 1) {
        const process = new StateRows(
          databaseOn(dataSource, {
            timeoutMs: 5000,
            isPrepared: true,
          }),
        );
        for (const rows of [process, states]) {
          await rows.put(digestOf(`alike-${made}-${round}-${rows === states}`), { ...flow, userId: 'ZOË' });
        }
      }
      expect(await take(digest, { ...nobody, userId: 'Zoë' })).toEqual(flow);
    },
  );
});
