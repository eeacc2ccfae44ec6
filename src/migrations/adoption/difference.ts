/** Finds the differences between an existing table and ours. Names of indexes and additional columns do not count. */
import type { QueryRunner, Table, TableColumn, TableForeignKey } from 'typeorm';
import { dataSourceOf } from '../../typeorm';
import type { ResolvedTable } from '../own-table';

/** Whether the table has to be changed to become ours. */
export function differs(queryRunner: QueryRunner, present: Table, table: ResolvedTable): boolean {
  const { target } = table;
  return (
    connectionForeignKeys(present, table).length > 0 ||
    missingColumns(present, target).length > 0 ||
    target.columns.some((column) => {
      const found = present.findColumnByName(column.name);
      return found !== undefined && columnDiffers(queryRunner, found, column);
    }) ||
    missingIndexes(present, target).length > 0
  );
}

/** Foreign keys from `connection_name` to the connections, which are dropped: a failed sync must not stop users connecting. */
export function connectionForeignKeys(
  present: Table,
  { nameOf, configTable }: ResolvedTable,
): TableForeignKey[] {
  return present.foreignKeys.filter(
    ({ columnNames, referencedTableName }) =>
      columnNames.includes(nameOf('connectionName')) && referencedTableName.split('.').at(-1) === configTable,
  );
}

export function missingColumns(present: Table, target: Table): TableColumn[] {
  return target.columns.filter(({ name }) => !present.findColumnByName(name));
}

export function columnDiffers(queryRunner: QueryRunner, found: TableColumn, wanted: TableColumn): boolean {
  const { driver } = dataSourceOf(queryRunner);
  const typeOf = (column: TableColumn) => driver.normalizeType({ type: column.type as 'text' });
  return (
    typeOf(found) !== typeOf(wanted) ||
    (found.length || '') !== (wanted.length || '') ||
    found.isNullable !== wanted.isNullable ||
    (wanted.collation !== undefined && found.collation !== wanted.collation)
  );
}

/** Our indexes for which the table has no equivalent over the same columns, under any name. */
export function missingIndexes(present: Table, target: Table): Table['indices'] {
  const isThere = (columns: readonly string[], unique: boolean) =>
    present.indices.some(
      (index) => (index.isUnique || !unique) && !index.where && sameColumns(index.columnNames, columns),
    ) || present.uniques.some((key) => sameColumns(key.columnNames, columns));
  return target.indices.filter(({ columnNames, isUnique }) => !isThere(columnNames, isUnique));
}

export function sameColumns(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name) => other.includes(name));
}
