/** How tables of SQLite change: most changes rebuild a table, which loses what refers to it. */
import { TableColumn } from 'typeorm';
import { elapsedMs } from '../../pauses';
import { dataSourceOf } from '../../typeorm';
import { bareName, doubleQuoted } from '../names';
import type { SchemaTools } from '../schema-tools';
import { sendStatement } from '../transaction';
import type { Exec } from './rebuild';
import { rebuild } from './rebuild';
import type { Begin } from './turns';
import { inImmediateTransaction, inTurn, waitForHost } from './turns';

/** @param begin begins a transaction that has the write lock, or fails because another process has it */
export const sqliteSchema = (begin: Begin, exec: Exec): SchemaTools => ({
  undoesDdl: true,
  rebuildsTables: true,
  computesValues: true,
  send: sendStatement,

  underMigrationLock: (queryRunner, _key, timeoutMs, work) =>
    inTurn(dataSourceOf(queryRunner), async () => {
      const deadline = elapsedMs() + timeoutMs;
      await waitForHost(queryRunner, deadline);
      const [{ foreign_keys: enforced }] = await queryRunner.query('PRAGMA foreign_keys');
      if (enforced) await queryRunner.query('PRAGMA foreign_keys = OFF');
      try {
        return await inImmediateTransaction(queryRunner, begin, deadline, work);
      } finally {
        await queryRunner.query(`PRAGMA foreign_keys = ${enforced ? 'ON' : 'OFF'}`).catch(() => undefined);
      }
    }),

  // TypeORM changes a table by creating a new one and renaming it. For a moment, views and triggers refer to a table that
  // does not exist; with this pragma SQLite does not check them.
  async keepingViews(queryRunner, work) {
    const [{ legacy_alter_table: before }] = await queryRunner.query('PRAGMA legacy_alter_table');
    await queryRunner.query('PRAGMA legacy_alter_table = ON');
    try {
      return await work();
    } finally {
      await queryRunner.query(`PRAGMA legacy_alter_table = ${before ? 'ON' : 'OFF'}`);
    }
  },

  // They are dropped first: TypeORM does not understand an index on an expression, and loses parts of others; and a trigger
  // is not for rows that are only copied.
  async keepingTriggersAndIndexes(queryRunner, tablePath, work) {
    const table = bareName(tablePath);
    const before: { type: string; name: string; sql: string }[] = await queryRunner.query(
      "SELECT type, name, sql FROM sqlite_master WHERE type IN ('trigger', 'index') AND tbl_name = ? AND sql IS NOT NULL",
      [table],
    );
    for (const { type, name } of before) {
      await queryRunner.query(`DROP ${type} ${doubleQuoted(name)}`);
    }
    await work();
    const after: { name: string }[] = await queryRunner.query(
      "SELECT name FROM sqlite_master WHERE type IN ('trigger', 'index') AND tbl_name = ?",
      [table],
    );
    const namesAfter = new Set(after.map(({ name }) => name));
    for (const { name, sql } of before) if (!namesAfter.has(name)) await queryRunner.query(sql);
  },

  async addColumns(queryRunner, tablePath, columns) {
    const { driver } = dataSourceOf(queryRunner);
    const path = doubleQuoted(bareName(tablePath));
    for (const column of columns) {
      const byDefault = column.default === undefined ? '' : ` DEFAULT ${String(column.default)}`;
      const type = `${driver.createFullType(column)}${column.isNullable ? '' : ' NOT NULL'}`;
      await queryRunner.query(
        `ALTER TABLE ${path} ADD COLUMN ${doubleQuoted(column.name)} ${type}${byDefault}`,
      );
    }
  },

  async retype(queryRunner, table, changes) {
    await rebuild(
      exec,
      queryRunner,
      table,
      changes.map(({ to, value }) => ({ column: to, value })),
    );
    return [];
  },

  addIndexes: (queryRunner, table, indexes) => queryRunner.createIndices(table, [...indexes]),

  async restore(queryRunner, table, columns) {
    const changes = columns.flatMap((found) => {
      const present = table.findColumnByName(found.name);
      if (!present) return [];
      const column = new TableColumn({
        name: found.name,
        type: found.type,
        isNullable: found.nullable,
        isPrimary: present.isPrimary,
        default: found.default ?? undefined,
      });
      return [{ column }];
    });
    await rebuild(exec, queryRunner, table, changes);
  },
});
