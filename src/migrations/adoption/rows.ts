/** Reads and empties existing tables for an adoption. */
import type { Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import type { ColumnSize } from '../../database/schema-tools';
import type { TableShape } from '../../database/table-shape';
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

/**
 * Names of the columns with a text that is longer than the size allows.
 * @param shape of the table as it is now
 */
export async function tooLongFor(
  context: MigrationContext,
  tablePath: string,
  columns: readonly (ColumnSize & { readonly name: string })[],
  shape: TableShape,
): Promise<ReadonlySet<string>> {
  const limited = columns.flatMap((column) => {
    const found = shape.columns.find(({ name }) => name === column.name);
    const condition = context.schema.tooLong(context.escape(column.name), column, found);
    return condition === null ? [] : [{ name: column.name, condition }];
  });
  const counts = await context.counts(
    tablePath,
    limited.map(({ condition }) => condition),
  );
  return new Set(limited.filter((_, index) => (counts[index] ?? 0) > 0).map(({ name }) => name));
}
