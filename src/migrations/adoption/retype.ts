/** Changes the columns of an existing table to ours. */
import type { Table, TableColumn } from 'typeorm';
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import type { ColumnChange } from '../../database/schema-tools';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import type { KnownFindings } from './foreign-table';
import { readTable } from './foreign-table';
import { narrowConstraints } from './keys';
import { columnDiffers, connectionForeignKeys, mustChange } from './recognize';

/**
 * Changes columns whose type, length, nullability or collation differs from ours, except where that is impossible.
 * @param changeOf what a column is changed to; default: what it is of ours
 * @returns the columns that a foreign key holds
 */
export async function retype(
  context: MigrationContext,
  table: ResolvedTable,
  { held: alreadyHeld, tooLong }: KnownFindings,
  changeOf: (from: TableColumn, to: TableColumn) => ColumnChange = (from, to) => ({ from, to }),
): Promise<readonly string[]> {
  const { queryRunner, schema, columnValues } = context;
  const present = await readTable(context, table);
  const shape = await context.shapeOf(table.target.name);
  const pairs = table.target.columns.flatMap((to) => {
    const from = present.findColumnByName(to.name);
    if (!from || alreadyHeld?.has(to.name)) return [];
    return [{ from, to: tooLong.has(to.name) ? Object.assign(to.clone(), columnValues.wideType(from)) : to }];
  });
  if (!pairs.some(({ from, to }) => mustChange(context, table, from, shape, to))) return [];
  if (schema.rebuildsTables) leaveOut(present, table, shape);
  const changes = pairs
    .filter(({ from, to }) => columnDiffers(context, from, shape, to))
    .map(({ from, to }) => changeOf(from, to));
  const held = await schema.retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is used by a foreign key and keeps its type and collation. Values ` +
        'that this collation treats as equal, such as "ada" and "Ada", conflict in unique keys (as in `account_taken`). To ' +
        'prevent that, drop the foreign key and change the column to a binary collation such as utf8mb4_bin.',
    );
  }
  return held;
}

/** Takes constraints that an adoption drops out of a table that is about to be made again. */
function leaveOut(present: Table, table: ResolvedTable, shape: TableShape): void {
  const dropped = connectionForeignKeys(present, table);
  present.foreignKeys = present.foreignKeys.filter((key) => !dropped.includes(key));
  const narrow = narrowConstraints(present, shape, table);
  present.uniques = present.uniques.filter((constraint) => !narrow.includes(constraint));
}
