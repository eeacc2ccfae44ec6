/** Finds rows that our unique keys would not tell apart, by the values and collations that the columns are going to have. */
import type { FoundKey, TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { fillOf } from './convert';
import { readTable, unfit } from './foreign-table';
import { connectionForeignKeys } from './recognize';

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function refuseDuplicates(
  context: MigrationContext,
  table: ResolvedTable,
  { columns, keys }: TableShape,
): Promise<void> {
  const path = context.path(table.target.name);
  const held = await heldColumns(context, table);
  for (const { columnNames, isUnique } of table.target.indices) {
    const names = columnNames.filter((name) => columns.some((column) => column.name === name));
    if (!isUnique || names.length === 0 || isKeptApart(context, table, keys, names)) continue;
    const listed = names.map((name) => {
      const value = held.has(name) ? context.escape(name) : withOurCollation(context, table, name);
      return withFill(table, name, value);
    });
    const twice = await context.read({
      sql: `SELECT COUNT(*) FROM ${path} GROUP BY ${listed.join(', ')} HAVING COUNT(*) > 1 LIMIT 1`,
    });
    if (twice.length > 0) {
      const same = names.map((name) => quote(name)).join(', ');
      throw unfit(
        table,
        `two rows have the same ${same}, as ${context.label} compares them`,
        'Delete one of them',
      );
    }
  }
}

/**
 * Whether a unique key of the table already rules out such rows: values that it tells apart stay different in our columns, unless
 * they are NULLs that get replaced.
 */
function isKeptApart(
  { columnValues }: MigrationContext,
  { own, target, nameOf }: ResolvedTable,
  keys: readonly FoundKey[],
  names: readonly string[],
): boolean {
  // A key whose collation respects trailing spaces may tell apart values that ours does not.
  if (names.some((name) => columnValues.ignoresSpaces(target.findColumnByName(name)?.collation)))
    return false;
  const replaced = own.columns.filter((column) => fillOf(column) !== undefined);
  const never = new Set(replaced.map(({ property }) => nameOf(property)));
  return keys.some(
    ({ isUnique, isWhole, columns }) =>
      isUnique && isWhole && columns.every((name) => names.includes(name) && !never.has(name)),
  );
}

/** An expression for a value that compares as it will in a column of ours, whatever the collation of the column now. */
export function withOurCollation(context: MigrationContext, { target }: ResolvedTable, name: string): string {
  const column = context.escape(name);
  const { type = '', charset, collation } = target.findColumnByName(name) ?? {};
  if (collation !== undefined) return `CONVERT(${column} USING ${charset}) COLLATE ${collation}`;
  return /char|text/.test(type) ? context.dialect.exactText(column) : column;
}

/** Columns whose collation a foreign key keeps as it is, on engines where a column has one of ours. */
export async function heldColumns(
  context: MigrationContext,
  table: ResolvedTable,
): Promise<ReadonlySet<string>> {
  if (table.target.columns.every(({ collation }) => collation === undefined)) return new Set();
  const present = await readTable(context, table);
  const dropped = connectionForeignKeys(present, table);
  const remainingForeignKeys = present.foreignKeys.filter((key) => !dropped.includes(key));
  return new Set(remainingForeignKeys.flatMap(({ columnNames }) => columnNames));
}

/** NULL counts as what it is replaced by. */
function withFill({ own, nameOf }: ResolvedTable, name: string, value: string): string {
  const column = own.columns.find(({ property }) => nameOf(property) === name);
  const fill = column && fillOf(column);
  return fill === undefined ? value : `COALESCE(${value}, ${fill})`;
}
