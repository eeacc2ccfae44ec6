/** Who gets an authorization in flight, and who takes nothing from its owner, where a DELETE gives rows back and where not. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { FlowState, Returning } from '../../src/connections/state-rows';
import { StateRows, digestOf } from '../../src/connections/state-rows';
import { engineOf } from '../../src/database/engine';
import { ConnectionOAuthState } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { testDatabase } from '../setup/database';
import type { EngineName } from '../setup/engine-name';
import { statementLogger } from '../setup/statements';

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
const nobody: Returning = { userId: undefined, browserBinding: undefined };

/** On MariaDB TypeORM knows that a DELETE can give rows back when the type says so, and as `mysql` it does not. */
const engines = inject('engines') as readonly EngineName[];
const cases: [string, EngineName, Partial<DataSourceOptions>][] = engines.map((name) => [name, name, {}]);
if (engines.includes('mariadb')) cases.push(['mysql', 'mariadb', { type: 'mysql' }]);

describe.each(cases)('StateRows (%s)', (_title, engine, options) => {
  const cleanUps: (() => Promise<void>)[] = [];
  const sent: string[] = [];
  let dataSource: DataSource;
  let states: StateRows;
  let replica: StateRows;
  let made = 0;
  beforeAll(async () => {
    const database = await testDatabase(engine, (cleanUp) => cleanUps.push(cleanUp));
    const how = { timeoutMs: 5000, isPrepared: true };
    const open = async (source: DataSource) => new StateRows(source, engineOf(source), how);
    dataSource = await database.connect({ ...options, logger: statementLogger(sent) });
    await runConnectionMigrations(dataSource);
    states = await open(dataSource);
    replica = await open(await database.connect(options));
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const begun = async (given: FlowState): Promise<string> => {
    const digest = digestOf(`state-${(made += 1)}`);
    await states.put(digest, given);
    return digest;
  };
  const count = (digest: string) => dataSource.getRepository(ConnectionOAuthState).countBy({ state: digest });

  it.each<[string, FlowState, Returning]>([
    ['the user of the session', flow, { ...nobody, userId: 'Zoë' }],
    ['the user, whatever else the browser keeps', flow, { userId: 'Zoë', browserBinding: 'other' }],
    ['the browser', bound, { ...nobody, browserBinding: 'digest' }],
    ['the browser with its user', bound, { userId: 'Zoë', browserBinding: 'digest' }],
  ])('gives a flow, as it began, to %s, and once', async (_who, given, who) => {
    const digest = await begun(given);
    expect(await states.take(digest, who)).toEqual(given);
    expect(await states.take(digest, who)).toBeNull();
  });

  it.each<[string, FlowState, Returning]>([
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
    expect(await states.take(digest, who)).toBeNull();
    expect(await count(digest)).toBe(1);
  });

  it('gives it to one of many who ask at once on two connections', async () => {
    const digest = await begun(flow);
    const asked = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? states : replica).take(digest, { ...nobody, userId: 'Zoë' }),
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
    expect(await states.take(digest, { ...nobody, userId: 'Zoë' })).toBeNull();
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
    const kept = (await rows.findBy({ userId: 'Many' })).map(({ state }) => state);
    expect(kept.toSorted()).toEqual(digests.slice(-20).toSorted());
    expect(await count(another)).toBe(1);
  });

  it('keeps no more of a user whose every flow begins in another process', async () => {
    for (let round = 0; round < 25; round += 1) {
      const process = new StateRows(dataSource, engineOf(dataSource), { timeoutMs: 5000, isPrepared: true });
      await process.put(digestOf(`spread-${round}`), { ...flow, userId: 'Spread' });
    }
    const kept = await dataSource.getRepository(ConnectionOAuthState).countBy({ userId: 'Spread' });
    expect(kept).toBe(20);
  });

  it('forgets the flows of one user and of nobody else', async () => {
    const [mine, others] = [await begun({ ...flow, userId: 'Eve' }), await begun({ ...flow, userId: 'eve' })];
    expect(await states.deleteOf('Eve')).toBe(true);
    expect([await count(mine), await count(others)]).toEqual([0, 1]);
    expect(await states.deleteOf('Eve')).toBe(false);
  });

  it('takes it in one statement where a DELETE gives rows back', async () => {
    const digest = await begun(flow);
    await states.take(digest, { ...nobody, userId: 'Ada' });
    sent.length = 0;
    await states.take(digest, { ...nobody, userId: 'Zoë' });
    const returns = sent.some((sql) => sql.includes('RETURNING'));
    expect(returns).toBe(
      dataSource.options.type !== 'mysql' && dataSource.options.type !== ('sqlite' as never),
    );
    if (returns) expect(sent).toHaveLength(1);
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
        expect(await states.take(digest, { ...nobody, userId })).toBeNull();
      }
      expect(await states.deleteOf('zoë')).toBe(false);
      for (let round = 0; round < 25; round += 1) {
        const process = new StateRows(dataSource, engineOf(dataSource), {
          timeoutMs: 5000,
          isPrepared: true,
        });
        for (const rows of [process, states]) {
          await rows.put(digestOf(`alike-${made}-${round}-${rows === states}`), { ...flow, userId: 'ZOË' });
        }
      }
      expect(await states.take(digest, { ...nobody, userId: 'Zoë' })).toEqual(flow);
    },
  );
});
