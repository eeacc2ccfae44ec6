/** Reads and empties existing tables for an adoption. */
import type { Table, TableColumn } from 'typeorm';
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

export interface LimitedColumn {
  readonly name: string;
  /** Holds for a text that is longer than the size of the column allows. */
  readonly condition: string;
}

/**
 * The columns whose texts may be longer than ours.
 * @param shape of the table as it is now
 */
export function limitedColumns(
  context: MigrationContext,
  columns: readonly (ColumnSize & { readonly name: string })[],
  shape: TableShape,
): LimitedColumn[] {
  return columns.flatMap((column) => {
    const found = shape.columns.find(({ name }) => name === column.name);
    const condition = found ? context.schema.tooLong(context.escape(column.name), column, found) : null;
    return condition === null ? [] : [{ name: column.name, condition }];
  });
}

/** @returns the names of those that have such a text, given how many rows do */
export function namesOf(limited: readonly LimitedColumn[], counts: readonly number[]): ReadonlySet<string> {
  return new Set(limited.filter((_, index) => (counts[index] ?? 0) > 0).map(({ name }) => name));
}

/** Our columns but for instants, which are as long as ours once they are written. */
export function withoutInstants({ own, target, nameOf }: ResolvedTable): TableColumn[] {
  const instants = own.columns.filter(({ instant }) => instant !== undefined);
  const names = new Set(instants.map(({ property }) => nameOf(property)));
  return target.columns.filter(({ name }) => !names.has(name));
}
