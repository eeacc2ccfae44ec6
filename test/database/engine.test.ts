import type { DataSource } from 'typeorm';
import { expect, it } from 'vitest';
import { engineOf } from '../../src/database/engines';
import { describeEachEngine, testDatabase } from '../setup/database';

const failing = (dataSource: DataSource, sql: string) =>
  dataSource.query(sql).then(
    () => 'it did not fail',
    (error: unknown) => engineOf(dataSource).failure(error),
  );

describeEachEngine('an engine', (engine) => {
  it('tells what kind of failure a database reported', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const table = dataSource.driver.buildTableName('t', dataSource.options['schema' as never]);
    await dataSource.query(`CREATE TABLE ${table} (id integer primary key)`);
    await dataSource.query(`INSERT INTO ${table} (id) VALUES (1)`);
    expect([
      await failing(dataSource, 'SELECT 1 FROM nowhere'),
      await failing(dataSource, `SELECT absent FROM ${table}`),
      await failing(dataSource, `INSERT INTO ${table} (absent) VALUES (1)`),
      await failing(dataSource, `INSERT INTO ${table} (id) VALUES (1)`),
      await failing(dataSource, 'SELEKT'),
    ]).toEqual(['missing_table', 'missing_column', 'missing_column', 'duplicate_key', 'other']);
  });

  it('says whether a table is there', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const schema = dataSource.options['schema' as never] as string | undefined;
    const present = async (name: string) => {
      const [row] = await dataSource.query(engineOf(dataSource).catalogue.tablePresent(name, schema));
      return Boolean(Number(row.present));
    };
    await dataSource.query(`CREATE TABLE ${dataSource.driver.buildTableName('t', schema)} (id integer)`);
    expect([await present('t'), await present('T2')]).toEqual([true, false]);
  });
});
