/** How tables of MariaDB and MySQL change: DDL commits by itself. */
import type { QueryRunner, TableColumn } from 'typeorm';
import { dataSourceOf } from '../../typeorm';
import { driverError } from '../failure';
import { backquoted, escapedPath } from '../names';
import type { SchemaTools } from '../schema-tools';
import { inCatalogue } from './catalogue';
import { sendWithoutEscapes } from './client';
import { underMigrationLock } from './migration-session';

export const mysqlSchema: SchemaTools = {
  undoesDdl: false,
  rebuildsTables: false,
  computesValues: false,
  send: sendWithoutEscapes,

  underMigrationLock,

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async addColumns(queryRunner, tablePath, columns) {
    const steps = columns.map(
      (column) => `ADD COLUMN ${backquoted(column.name)} ${columnDefinition(queryRunner, column)}`,
    );
    await alter(queryRunner, tablePath, steps);
  },

  async retype(queryRunner, table, changes) {
    const inForeignKeys = new Set([
      ...table.foreignKeys.flatMap(({ columnNames }) => columnNames),
      ...(await referredColumns(queryRunner, table.name)),
    ]);
    const steps = changes.map(({ to }) => ({
      name: to.name,
      step: `MODIFY ${backquoted(to.name)} ${columnDefinition(queryRunner, to)}`,
    }));
    const free = steps.filter(({ name }) => !inForeignKeys.has(name));
    const isDone =
      free.length === 0 ||
      (await modify(
        queryRunner,
        table.name,
        free.map(({ step }) => step),
      ));
    const held: string[] = [];
    // A column that a foreign key uses makes the whole ALTER TABLE fail, so each is then changed on its own.
    for (const { name, step } of isDone ? steps.filter((one) => !free.includes(one)) : steps) {
      if (!(await modify(queryRunner, table.name, [step]))) held.push(name);
    }
    return held;
  },

  async addIndexes(queryRunner, table, indexes) {
    const steps = indexes.map(({ name = '', columnNames, isUnique }) => {
      const columns = columnNames.map(backquoted).join(', ');
      return `ADD ${isUnique ? 'UNIQUE ' : ''}INDEX ${backquoted(name)} (${columns})`;
    });
    await alter(queryRunner, table.name, steps);
  },

  async restore(queryRunner, table, columns) {
    const steps = columns.map(({ name, definition }) => `MODIFY ${backquoted(name)} ${definition}`);
    if (await modify(queryRunner, table.name, steps)) return;
    for (const step of steps) await modify(queryRunner, table.name, [step]);
  },
};

/** Columns that foreign keys, of any table, refer to. */
async function referredColumns(queryRunner: QueryRunner, tablePath: string): Promise<string[]> {
  const rows: { name: string }[] = await queryRunner.query(
    'SELECT DISTINCT referenced_column_name AS name FROM information_schema.key_column_usage ' +
      `WHERE ${inCatalogue(tablePath, 'referenced_table_schema', 'referenced_table_name')}`,
  );
  return rows.map(({ name }) => name);
}

function columnDefinition(queryRunner: QueryRunner, column: TableColumn): string {
  // TypeORM names no character set that is the table's own; the collation says it as well.
  const encoding = column.collation ? ` COLLATE ${column.collation}` : '';
  const type = dataSourceOf(queryRunner).driver.createFullType(column);
  const byDefault = column.default === undefined ? '' : ` DEFAULT ${String(column.default)}`;
  return `${type}${encoding} ${column.isNullable ? 'NULL' : 'NOT NULL'}${byDefault}`;
}

/** @returns false when a foreign key uses one of the columns, which all stay as they are */
async function modify(
  queryRunner: QueryRunner,
  tablePath: string,
  steps: readonly string[],
): Promise<boolean> {
  try {
    await alter(queryRunner, tablePath, steps);
    return true;
  } catch (error) {
    const { code, message } = driverError(error);
    // In the second case the server noticed only while it renamed the changed copy.
    if (code.startsWith('ER_FK_COLUMN_CANNOT_CHANGE') || /errno: 150\b/.test(message)) return false;
    throw error;
  }
}

async function alter(queryRunner: QueryRunner, tablePath: string, steps: readonly string[]): Promise<void> {
  const path = escapedPath(dataSourceOf(queryRunner), tablePath);
  await queryRunner.query(`ALTER TABLE ${path} ${steps.join(', ')}`);
}
