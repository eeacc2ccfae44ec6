/** The tables that the original service left behind, two generations of them, put into a test's database. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DataSource, Table } from 'typeorm';
import type { connectionEntities } from '../../src';
import { ConnectionConfig } from '../../src';
import type { EngineName } from './engine-name';
import { testDatabase } from './database';

export type Generation = 'a' | 'b';

export const generations: readonly Generation[] = ['a', 'b'];

/** Each statement of a generation, for an engine. */
function legacyStatements(engine: EngineName, generation: Generation): string[] {
  const file = resolve(import.meta.dirname, `../fixtures/legacy/schema-${generation}.${engine}.sql`);
  return readFileSync(file, 'utf8')
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}

export async function loadLegacy(
  dataSource: DataSource,
  engine: EngineName,
  generation: Generation,
): Promise<void> {
  await runInSchema(dataSource, legacyStatements(engine, generation));
}

/** Runs statements whose names carry no schema in the schema of the test. */
export async function runInSchema(dataSource: DataSource, statements: readonly string[]): Promise<void> {
  const { schema } = dataSource.options as { schema?: string };
  const queryRunner = dataSource.createQueryRunner();
  try {
    if (schema !== undefined) await queryRunner.query(`SET search_path TO "${schema}"`);
    for (const statement of statements) await queryRunner.query(statement);
    if (schema !== undefined) await queryRunner.query('RESET search_path');
  } finally {
    await queryRunner.release();
  }
}

/** A database of a generation, changed by `more` statements; it goes with the test. */
export async function legacyDatabase(
  engine: EngineName,
  generation: Generation,
  more: readonly string[] = [],
  options: object = {},
): Promise<DataSource> {
  const dataSource = await (await testDatabase(engine)).connect(options);
  await loadLegacy(dataSource, engine, generation);
  await runInSchema(dataSource, more);
  return dataSource;
}

export async function rowsOf(dataSource: DataSource, table: string): Promise<Record<string, unknown>[]> {
  const { tablePath } = dataSource.getMetadata(ConnectionConfig);
  return dataSource.query(` SELECT * FROM ${tablePath.replace('connection_configs', table)} ORDER BY id`);
}

export async function tableOf(
  dataSource: DataSource,
  entity: (typeof connectionEntities)[number],
): Promise<Table> {
  const queryRunner = dataSource.createQueryRunner();
  const table = await queryRunner.getTable(dataSource.getMetadata(entity).tablePath);
  await queryRunner.release();
  if (!table) throw new Error('the table is gone');
  return table;
}
