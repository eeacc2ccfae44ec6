/**
 * Connections whose peer is gone without a word, as after a failover: they are given up, and reads go on over new ones.
 *
 * @module-tag long
 */
import type { DataSource } from 'typeorm';
import { describe, expect, inject, it, onTestFinished } from 'vitest';
import { eventually } from '../setup/eventually';
import { databaseOn } from '../../src/database/engines';
import { isUncertain } from '../../src/database/database-error';
import { Lookup } from '../../src/database/lookup';
import { TableStatements } from '../../src/database/table-statements';
import { codeOf } from '../setup/code-of';
import type { EngineName } from '../setup/engine-name';
import { testDatabase } from '../setup/database';
import { isOldMysql } from '../setup/mysql-version';
import { silentProxy } from '../setup/silent-proxy';

const TIMEOUT_MS = 400;
const how = { timeoutMs: TIMEOUT_MS, isPrepared: true };
const POOL_SIZE = 6;
const engines = inject('engines');

async function things(server: Exclude<EngineName, 'sqlite'>, poolSize = POOL_SIZE) {
  const cleanUps: (() => Promise<void>)[] = [];
  // The last to end: a connection that it cuts before its pool is closed is an error that no one catches.
  onTestFinished(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });
  const found = await testDatabase(server, onTestFinished);
  const { url, schema } = found.options as { url: string; schema?: string };
  const proxy = await silentProxy(url, (cleanUp) => cleanUps.push(cleanUp));
  const beside = await found.connect();
  const dataSource = await found.connect({
    url: proxy.url,
    poolSize,
  });
  const table = schema === undefined ? 'things' : `${schema}.things`;
  await beside.query(`CREATE TABLE ${table} (id varchar(20) PRIMARY KEY, text varchar(20))`);
  await beside.query(`INSERT INTO ${table} VALUES ('a', 'one'), ('b', 'two')`);
  const database = databaseOn(dataSource, how);
  const query = { select: `SELECT t.id, t.text FROM ${table} t`, key: ['t.id'], keyAt: [0] };
  return { proxy, beside, dataSource, table, database, lookup: new Lookup(database, query) };
}

/** Every connection that the pool may have is open, and unused. */
async function fillPool(dataSource: DataSource): Promise<void> {
  const runners = Array.from({ length: POOL_SIZE }, () => dataSource.createQueryRunner());
  await Promise.all(runners.map((runner) => runner.connect()));
  await Promise.all(runners.map((runner) => runner.release()));
}

for (const server of ['postgres', 'mariadb'] as const)
  describe.skipIf(!engines.includes(server))(`Connections to ${server} that lead nowhere`, () => {
    it('cost the reads under way their time-out, and the next ones work, whatever the pool keeps', async () => {
      const { proxy, dataSource, lookup } = await things(server);
      await fillPool(dataSource);
      expect(await lookup.find(['a'])).toEqual([['a', 'one']]);
      const before = proxy.opened();
      proxy.fallSilent();
      expect(await codeOf(lookup.find(['a']))).toBe('database_busy');
      expect(await lookup.find(['a'])).toEqual([['a', 'one']]);
      // None of those that were open is used again.
      for (let round = 0; round < 2 * POOL_SIZE; round += 1) {
        expect(await lookup.find(['b'])).toEqual([['b', 'two']]);
      }
      expect(proxy.opened()).toBeGreaterThan(before);
    });

    it('do not hold a write for ever: it may have been carried out', async () => {
      const { proxy, dataSource, database, table, lookup } = await things(server);
      await fillPool(dataSource);
      proxy.fallSilent();
      const deletion = { sql: `DELETE FROM ${table} WHERE id = 'a'` };
      const statements = new TableStatements(database);
      const error: unknown = await statements.touches(deletion, 'Testing').catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'database_failed',
        message: expect.stringContaining('did not answer'),
      });
      expect(isUncertain(error)).toBe(true);
      expect(await lookup.find(['b'])).toEqual([['b', 'two']]);
      expect(await statements.touches(deletion, 'Testing')).toBe(true);
    });

    it('are given up soon, too, by many statements in one transaction that have little patience for locks', async () => {
      const { proxy, dataSource, database, table, lookup } = await things(server);
      await fillPool(dataSource);
      proxy.fallSilent();
      const deletions = Array.from({ length: 20 }, (_, index) => ({
        sql: `DELETE FROM ${table} WHERE id = 'key-${index}'`,
      }));
      const deleting = new TableStatements(database).each(deletions, 'Testing', TIMEOUT_MS / 8);
      const error: unknown = await deleting.catch((thrown: unknown) => thrown);
      // MariaDB knows seconds only.
      const [tableMs, rowMs] = server === 'mariadb' ? [1000, 1000] : [TIMEOUT_MS, TIMEOUT_MS / 8];
      expect(error).toMatchObject({ cause: { cause: { limitMs: 2 * tableMs + 8 * rowMs } } });
      expect(await lookup.find(['b'])).toEqual([['b', 'two']]);
    }, 20_000);

    it('are not given to a statement that waits for their place in the pool', async () => {
      const { beside, dataSource, table } = await things(server, 1);
      const holder = beside.createQueryRunner();
      await holder.startTransaction();
      await holder.query(server === 'postgres' ? `LOCK TABLE ${table}` : `LOCK TABLES ${table} WRITE`);
      const { session } = databaseOn(dataSource, how);
      const reading = codeOf(session.read({ sql: `SELECT id FROM ${table}` }));
      const patient = databaseOn(dataSource, { timeoutMs: 10_000 }).session;
      const waiting = [patient.read({ sql: 'SELECT 1' }), dataSource.query('SELECT 2')].map(codeOf);
      expect(await reading).not.toBe('fine');
      expect(await Promise.all(waiting)).toEqual(['fine', 'fine']);
      if (server === 'mariadb') await holder.query('UNLOCK TABLES');
      await holder.rollbackTransaction();
      await holder.release();
    });

    it('leave nothing uncertain where rows were only read', async () => {
      const { proxy, dataSource, database, table, lookup } = await things(server);
      await fillPool(dataSource);
      proxy.fallSilent();
      const select = { sql: `SELECT * FROM ${table}` };
      const reading = new TableStatements(database).rows(select, 'Testing');
      const error: unknown = await reading.catch((thrown: unknown) => thrown);
      expect([error, isUncertain(error)]).toEqual([
        expect.objectContaining({ code: 'database_busy' }),
        false,
      ]);
      expect(await lookup.find(['b'])).toEqual([['b', 'two']]);
    });

    it('are not assumed where a table is locked: the read ends on the server as well', async ({ skip }) => {
      const { beside, table, lookup } = await things(server);
      const isOld = await isOldMysql(server, (sql) => beside.query(sql));
      skip(isOld, 'MySQL before 8.0 has no limit for one statement');
      expect(await lookup.find(['a'])).toEqual([['a', 'one']]);
      const holder = beside.createQueryRunner();
      await holder.startTransaction();
      await holder.query(server === 'postgres' ? `LOCK TABLE ${table}` : `LOCK TABLES ${table} WRITE`);
      expect(await codeOf(lookup.find(['a']))).toBe('database_busy');
      const waiting =
        server === 'postgres'
          ? `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%${table} t%'`
          : "SELECT 1 FROM information_schema.processlist WHERE db = DATABASE() AND state LIKE '%lock%'";
      await eventually(async () => expect(await beside.query(waiting)).toEqual([]));
      if (server === 'mariadb') await holder.query('UNLOCK TABLES');
      await holder.rollbackTransaction();
      await holder.release();
      expect(await lookup.find(['a'])).toEqual([['a', 'one']]);
    });
  });
