/** Who gets an authorization in flight, once, and who takes nothing from its owner. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { digestOf } from '../../src/connections/flow/secrets';
import type { FlowState, ReturningUser } from '../../src/connections/flow/state-rows';
import { CommitFailure } from '../../src/database/failure';
import { describeEachEngine } from '../setup/database';
import { changeThenReads, interceptSteps } from '../setup/intercepted-steps';
import { StateTable, bound, flow, nobody } from '../setup/state-table';

describeEachEngine('StateRows', (engine) => {
  const table = new StateTable(engine);

  it.each<[string, FlowState, ReturningUser]>([
    ['the user of the session', flow, { ...nobody, userId: 'Zoë' }],
    ['the user, whatever else the browser keeps', flow, { userId: 'Zoë', browserBinding: 'other' }],
    ['the browser', bound, { ...nobody, browserBinding: 'digest' }],
    ['the browser with its user', bound, { userId: 'Zoë', browserBinding: 'digest' }],
  ])('gives a flow, as it began, to %s, and once', async (_who, given, who) => {
    const digest = await table.begun(given);
    expect(await table.take(digest, who)).toEqual(given);
    expect(await table.take(digest, who)).toBeNull();
  });

  it.each<[string, FlowState, ReturningUser]>([
    ['a caller without session or browser', flow, nobody],
    ['a caller without session or browser where it is bound to a browser', bound, nobody],
    ['another user', flow, { ...nobody, userId: 'Ada' }],
    ['a user whose id differs in case', flow, { ...nobody, userId: 'zoë' }],
    ['a user whose id differs in an accent', flow, { ...nobody, userId: 'Zoe' }],
    ['a user whose id has a space more', flow, { ...nobody, userId: 'Zoë ' }],
    ['a browser where it is bound to a user', flow, { ...nobody, browserBinding: 'digest' }],
    ['the user where it is bound to a browser', bound, { ...nobody, userId: 'Zoë' }],
    ['another browser', bound, { ...nobody, browserBinding: 'other' }],
    ['another browser of the user', bound, { userId: 'Zoë', browserBinding: 'other' }],
    ['another user in the same browser', bound, { userId: 'Ada', browserBinding: 'digest' }],
  ])('gives no flow to %s, who takes nothing from its owner', async (_who, given, who) => {
    const digest = await table.begun(given);
    expect(await table.take(digest, who)).toBeNull();
    expect(await table.count(digest)).toBe(1);
  });

  it('says what a flow is bound to, until it is over', async () => {
    expect(await table.states.boundTo(await table.begun(flow))).toBe('user');
    expect(await table.states.boundTo(await table.begun(bound))).toBe('browser');
    expect(await table.states.boundTo(digestOf('never begun'))).toBeNull();
    const taken = await table.begun(flow);
    await table.take(taken, { ...nobody, userId: 'Zoë' });
    expect(await table.states.boundTo(taken)).toBeNull();
    const old = await table.begun(bound);
    const expiresAt = new Date(Date.now() - 1_000);
    await table.rows.update({ state: old }, { expiresAt });
    expect(await table.states.boundTo(old)).toBeNull();
  });

  it('gives a flow to one of many who ask at once on two database connections', async () => {
    const digest = await table.begun(flow);
    const asked = Array.from({ length: 20 }, (_, index) =>
      table.take(digest, { ...nobody, userId: 'Zoë' }, index % 2 === 0 ? table.states : table.replica),
    );
    const taken = (await Promise.all(asked)).filter((one) => one !== null);
    expect(taken).toEqual([flow]);
  });

  it('gives no flow that is ten minutes old, by the clock of the database', async () => {
    const digest = await table.begun(flow);
    const { rows } = table;
    const { expiresAt } = await rows.findOneByOrFail({ state: digest });
    expect(Math.abs(expiresAt.getTime() - Date.now() - 600_000)).toBeLessThan(60_000);
    await rows.update({ state: digest }, { expiresAt: new Date(Date.now() - 1000) });
    expect(await table.take(digest, { ...nobody, userId: 'Zoë' })).toBeNull();
    expect(await table.count(digest)).toBe(1);
  });

  it('gives a flow again to the same attempt, whose first answer was lost', async () => {
    const [digest, grantId] = [await table.begun(flow), randomUUID()];
    const who = { ...nobody, userId: 'Zoë' };
    expect(await table.states.take(digest, who, grantId)).toMatchObject({ flow });
    expect(await table.replica.take(digest, who, grantId)).toMatchObject({ flow });
    expect(await table.take(digest, who)).toBeNull();
  });

  it('gives a flow though the first answer of the database was lost', async () => {
    const digest = await table.begun(flow);
    let attempts = 0;
    interceptSteps(table.dataSource, changeThenReads, async (carryOut, before) => {
      attempts = before + 1;
      const executed = await carryOut();
      if (before > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    expect(await table.take(digest, { ...nobody, userId: 'Zoë' })).toEqual(flow);
    expect(attempts).toBe(2);
  });

  // Last: it changes the table. A host's foreign key may hold a column in any character set.
  it.each(engine === 'mariadb' ? ['latin1_general_ci'] : [])(
    'compares bytes in a column whose collation knows neither case nor accents: %s',
    async (collation) => {
      await table.dataSource.query(
        `ALTER TABLE connection_oauth_states MODIFY user_id varchar(255) CHARACTER SET latin1 COLLATE ${collation} NOT NULL`,
      );
      const digest = await table.begun(flow);
      for (const userId of ['zoë', 'ZOË', 'Zoe', 'Zoë ', 'Zo\u0065\u0308']) {
        expect(await table.take(digest, { ...nobody, userId })).toBeNull();
      }
      expect(await table.states.endAll({ userId: 'zoë' })).toBe(false);
      for (let round = 0; round < 25; round += 1) {
        const process = table.newProcess();
        for (const rows of [process, table.states]) {
          await rows.put(table.newDigest(), { ...flow, userId: 'ZOË' });
        }
      }
      expect(await table.take(digest, { ...nobody, userId: 'Zoë' })).toEqual(flow);
    },
  );
});
