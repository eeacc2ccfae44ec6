/** Reads and empties existing tables for an adoption. */
import type { Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import type { ColumnSize } from '../../database/schema-tools';
import type { ResolvedTable } from '../own-table';

/** Reads the current shape of the table. */
export async function readTable(
  { queryRunner }: MigrationContext,
  { target }: ResolvedTable,
): Promise<Table> {
  return (await queryRunner.getTable(target.name)) as Table;
}

/** @returns the number of rows that were deleted */
export async function emptyTable(context: MigrationContext, tablePath: string): Promise<number> {
  const count = await context.count(tablePath, '1 = 1');
  if (count > 0) await context.write({ sql: `DELETE FROM ${context.path(tablePath)}` });
  return count;
}

/** Names of the columns with a text that is longer than the size allows. */
export async function tooLongFor(
  context: MigrationContext,
  tablePath: string,
  columns: readonly (ColumnSize & { readonly name: string })[],
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  for (const column of columns) {
    const condition = context.schema.tooLong(context.escape(column.name), column);
    if (condition !== null && (await context.count(tablePath, condition)) > 0) names.add(column.name);
  }
  return names;
}
