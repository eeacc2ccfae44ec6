/** How each engine finds rows among many: by an index, without reading or sorting the others. */
import type { DataSource } from 'typeorm';
import { beforeAll, expect, it } from 'vitest';
import { StateRows } from '../../src/connections/flow/state-rows';
import { databaseOn } from '../../src/database/engines';
import { ConnectionOAuthState, UserConnectionToken } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import { atEndOfTests } from '../setup/at-end';
import type { EngineName } from '../setup/engine-name';
import { describeEachEngine, testDatabase } from '../setup/database';
import { statementLogger } from '../setup/statements';

const TOKENS = 20_000;
const FLOWS = 5_000;
const FIRST = '2026-01-01T00:00:00.000Z';

/** A table of numbers from 1, to select from. */
const numbers: Readonly<Record<EngineName, (count: number) => string>> = {
  sqlite: (count) =>
    `(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < ${count}) SELECT n FROM s) s`,
  postgres: (count) => `generate_series(1, ${count}) s(n)`,
  mariadb: (count) => `(SELECT seq AS n FROM seq_1_to_${count}) s`,
};

const idOf: Readonly<Record<EngineName, string>> = {
  sqlite: "printf('%08d-0000-4000-8000-000000000000', n)",
  postgres: "lpad(n::text, 8, '0') || '-0000-4000-8000-000000000000'",
  mariadb: "CONCAT(LPAD(n, 8, '0'), '-0000-4000-8000-000000000000')",
};

/** One in ten expired, a second after the other. */
const expiryOf: Readonly<Record<EngineName, string>> = {
  sqlite: `strftime('%Y-%m-%dT%H:%M:%fZ', '2026-01-01', ((n % 10) * 40000 + n) || ' seconds')`,
  postgres: `to_char(timestamp '2026-01-01' + ((n % 10) * 40000 + n) * interval '1 second', 'YYYY-MM-DD"T"HH24:MI:SS".000Z"')`,
  mariadb: `CONCAT(REPLACE('2026-01-01 00:00:00' + INTERVAL ((n % 10) * 40000 + n) SECOND, ' ', 'T'), '.000Z')`,
};

type Sent = readonly [sql: string, parameters: readonly unknown[]];

/** What an engine says of how it would carry out a statement, if that reads or sorts a whole table; else nothing. */
const plans: Readonly<Record<EngineName, (dataSource: DataSource, sent: Sent) => Promise<string[]>>> = {
  async sqlite(dataSource, [sql, parameters]) {
    const plan: { detail: string }[] = await dataSource.query(`EXPLAIN QUERY PLAN ${sql}`, [...parameters]);
    return plan.map(({ detail }) => detail).filter((step) => /^SCAN (?!CONSTANT)|TEMP B-TREE/.test(step));
  },
  async postgres(dataSource, [sql, parameters]) {
    const plan: { 'QUERY PLAN': string }[] = await dataSource.query(`EXPLAIN ${sql}`, [...parameters]);
    return plan.map((row) => row['QUERY PLAN']).filter((step) => /Seq Scan|Sort/.test(step));
  },
  async mariadb(dataSource, [sql, parameters]) {
    const plain = sql.replace(/^\/\*M!.*?\*\/ /, '');
    const plan: { type: string; Extra: string; rows: string }[] = await dataSource.query(`EXPLAIN ${plain}`, [
      ...parameters,
    ]);
    return plan
      .filter(({ type, Extra }) => type === 'ALL' || Extra.includes('filesort'))
      .map((step) => JSON.stringify(step));
  },
};

describeEachEngine('Among many rows', (engine) => {
  const atEnd = atEndOfTests();
  const sent: Sent[] = [];
  let dataSource: DataSource;
  let rows: TokenRows;
  let pages: TokenPages;
  let states: StateRows;
  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    const logger = {
      ...statementLogger([]),
      logQuery: (sql: string, given: unknown[] = []) => void sent.push([sql, given]),
    };
    dataSource = await database.connect({ logger, logging: true });
    await runConnectionMigrations(dataSource);
    const [tokens, flows] = [UserConnectionToken, ConnectionOAuthState].map(
      (entity) => dataSource.getMetadata(entity).tablePath,
    );
    const user = engine === 'mariadb' ? "CONCAT('user-', n)" : "'user-' || n";
    const name = engine === 'mariadb' ? "CONCAT('c', n % 10)" : "'c' || (n % 10)";
    await dataSource.query(
      `INSERT INTO ${tokens} (id, user_id, connection_name, account, access_token_encrypted, refresh_token_encrypted, ` +
        'expires_at, generation, claimed_generation, status, created_at, updated_at, doubt) ' +
        `SELECT ${idOf[engine]}, ${user}, ${name}, 'default', 'at', 'rt', ${expiryOf[engine]}, 1, 1, 'active', '${FIRST}', '${FIRST}', ` +
        `CASE WHEN n % 3 = 0 THEN 'refused' END ` +
        `FROM ${numbers[engine](TOKENS)}`,
    );
    await dataSource.query(
      `INSERT INTO ${flows} (state, user_id, connection_name, account, created_at, expires_at) ` +
        `SELECT ${idOf[engine]}, ${user}, ${name}, 'default', '${FIRST}', ${expiryOf[engine]} FROM ${numbers[engine](FLOWS)}`,
    );
    // SQLite has no statistics unless somebody asks for them; the servers collect them by themselves.
    for (const table of engine === 'sqlite' ? [] : [tokens, flows]) {
      await dataSource.query(`${engine === 'postgres' ? 'ANALYZE' : 'ANALYZE TABLE'} ${table}`);
    }
    const opened = databaseOn(dataSource, { timeoutMs: 10_000 });
    rows = new TokenRows(opened);
    pages = new TokenPages(opened);
    states = new StateRows(opened);
  });

  const at = '2026-01-01T12:00:00.000Z';
  const after = { expiresAt: '2026-01-01T06:00:00.000Z', id: '00021600-0000-4000-8000-000000000000' };
  const names = ['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'];
  const due = { at, isDoubtful: false, names, after: null };
  const first = async <Page>(found: AsyncGenerator<Page>) => {
    await found.next();
    await found.return(undefined);
  };

  it.each<[string, () => Promise<unknown>]>([
    ['what expires', async () => expect(await pages.due(due, 100)).toHaveLength(100)],
    [
      'what expires next',
      async () => expect((await pages.due({ ...due, after }, 100)).length).toBeGreaterThan(0),
    ],
    ['what expires, but is doubtful', () => pages.due({ ...due, isDoubtful: true }, 100)],
    ['what expires at one connection', () => pages.due({ ...due, names: ['c0'] }, 50)],
    ['what is still to be refreshed', () => pages.stillDue([after.id, `x${after.id.slice(1)}`], at)],
    ['a page of a connection', () => first(pages.pages({ connectionName: 'c5' }))],
    ['a page of all', () => first(pages.pages({}))],
    ['the rows of a user, to show them', () => rows.list('user-7')],
    ['the rows of a user, to delete them', () => pages.someOf('user-7')],
    ['one row', () => rows.read({ userId: 'user-7', connectionName: 'c7', account: 'default' })],
    [
      'the flows of a user',
      () => states.hasTaken({ userId: 'user-7', connectionName: 'c7', account: 'default' }),
    ],
    ['the flows of a user, to end them', () => states.endAll({ userId: 'user-7' })],
  ])('an index finds %s', async (_what, work) => {
    sent.length = 0;
    await work();
    const statements = sent.filter(([sql]) => /user_connection_tokens|connection_oauth_states/.test(sql));
    expect(statements).not.toEqual([]);
    for (const one of statements) expect(await plans[engine](dataSource, one)).toEqual([]);
  });
});
