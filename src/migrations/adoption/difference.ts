/** Finds the differences between an existing table and ours. Names of indexes and additional columns do not count. */
import type { Table, TableColumn, TableForeignKey } from 'typeorm';
import { bareName } from '../../database/path';
import type { MigrationContext } from '../../database/migration-context';
import type { TableShape } from '../../database/table-shape';
import type { ResolvedTable } from '../own-table';
import { missingKeys } from './keys';

/** Whether the table has to be changed to become ours. */
export function differs(
  context: MigrationContext,
  present: Table,
  shape: TableShape,
  table: ResolvedTable,
): boolean {
  const { target } = table;
  return (
    connectionForeignKeys(present, table).length > 0 ||
    missingColumns(present, target).length > 0 ||
    target.columns.some((column) => {
      const found = present.findColumnByName(column.name);
      return found !== undefined && columnDiffers(context, found, shape, column);
    }) ||
    missingKeys(shape, target).length > 0
  );
}

/** Foreign keys from `connection_name` to the connections, which are dropped: a failed sync must not stop users connecting. */
export function connectionForeignKeys(
  present: Table,
  { nameOf, configTable }: ResolvedTable,
): TableForeignKey[] {
  return present.foreignKeys.filter(
    ({ columnNames, referencedTableName }) =>
      columnNames.includes(nameOf('connectionName')) && bareName(referencedTableName) === configTable,
  );
}

export function missingColumns(present: Table, target: Table): TableColumn[] {
  return target.columns.filter(({ name }) => !present.findColumnByName(name));
}

export function columnDiffers(
  { dataSource }: MigrationContext,
  found: TableColumn,
  shape: TableShape,
  wanted: TableColumn,
): boolean {
  const typeOf = (column: TableColumn) => dataSource.driver.normalizeType({ type: column.type as 'text' });
  const { collation, kinds = [] } = shape.columns.find(({ name }) => name === found.name) ?? {};
  return (
    kinds.length === 0 ||
    typeOf(found) !== typeOf(wanted) ||
    (found.length || '') !== (wanted.length || '') ||
    found.isNullable !== wanted.isNullable ||
    collation !== wanted.collation
  );
}
