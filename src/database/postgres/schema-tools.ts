/** How tables of PostgreSQL change: DDL is transactional. */
import { dataSourceOf } from '../../typeorm';
import { doubleQuoted, escapedPath } from '../names';
import type { SchemaTools } from '../schema-tools';
import { sendStatement } from '../transaction';
import { underMigrationLock } from './migration-session';

export const postgresSchema: SchemaTools = {
  undoesDdl: true,
  rebuildsTables: false,
  computesValues: true,
  send: sendStatement,

  underMigrationLock,

  keepingViews: (_queryRunner, work) => work(),

  keepingTriggersAndIndexes: (_queryRunner, _tablePath, work) => work(),

  async addColumns(queryRunner, tablePath, columns) {
    const dataSource = dataSourceOf(queryRunner);
    const steps = columns.map((column) => {
      const byDefault = column.default === undefined ? '' : ` DEFAULT ${String(column.default)}`;
      const type = `${dataSource.driver.createFullType(column)}${column.isNullable ? '' : ' NOT NULL'}`;
      return `ADD COLUMN ${doubleQuoted(column.name)} ${type}${byDefault}`;
    });
    await queryRunner.query(`ALTER TABLE ${escapedPath(dataSource, tablePath)} ${steps.join(', ')}`);
  },

  async retype(queryRunner, table, changes) {
    const dataSource = dataSourceOf(queryRunner);
    const steps = changes.flatMap(({ to, value }) => {
      const column = `ALTER COLUMN ${doubleQuoted(to.name)}`;
      const collation = isText(to.type) ? ' COLLATE "default"' : '';
      // A text that is too long is an error; an explicit cast would cut it.
      const using = value === undefined ? '' : ` USING ${value}`;
      return [
        ...(to.default === undefined ? [`${column} DROP DEFAULT`] : []),
        `${column} TYPE ${dataSource.driver.createFullType(to)}${collation}${using}`,
        ...(to.default === undefined ? [] : [`${column} SET DEFAULT ${String(to.default)}`]),
        ...(to.isPrimary ? [] : [`${column} ${to.isNullable ? 'DROP' : 'SET'} NOT NULL`]),
      ];
    });
    await queryRunner.query(`ALTER TABLE ${escapedPath(dataSource, table.name)} ${steps.join(', ')}`);
    return [];
  },

  addIndexes: (queryRunner, table, indexes) => queryRunner.createIndices(table, [...indexes]),

  async restore(queryRunner, table, columns) {
    const steps = columns.flatMap(({ name, type, definition, nullable, default: initial }) => {
      const column = `ALTER COLUMN ${doubleQuoted(name)}`;
      return [
        `${column} DROP DEFAULT`,
        `${column} TYPE ${definition} USING ${doubleQuoted(name)}::${type}`,
        ...(initial === null ? [] : [`${column} SET DEFAULT ${initial}`]),
        ...(table.findColumnByName(name)?.isPrimary
          ? []
          : [`${column} ${nullable ? 'DROP' : 'SET'} NOT NULL`]),
      ];
    });
    const path = escapedPath(dataSourceOf(queryRunner), table.name);
    await queryRunner.query(`ALTER TABLE ${path} ${steps.join(', ')}`);
  },
};

function isText(type: string): boolean {
  return /char|text/.test(type);
}
