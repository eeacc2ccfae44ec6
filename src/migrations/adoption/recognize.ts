/**
 * Recognizes what stands in the database under the name of one of our tables, and what about it differs from ours. Names of
 * indexes and additional columns do not count.
 */
import type { Table, TableColumn, TableForeignKey } from 'typeorm';
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { bareName } from '../../database/names';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { instantNames } from '../own-table';
import type { ForeignTable } from './foreign-table';
import { readTable, unfit } from './foreign-table';
import { missingKeys } from './keys';
import { AdoptionRecord } from './record';

/**
 * @returns the table, where it has to be adopted
 * @throws ConnectionsError `tables_foreign` for a table of another purpose
 */
export async function recognize(
  context: MigrationContext,
  table: ResolvedTable,
): Promise<'missing' | 'ours' | ForeignTable> {
  const { queryRunner } = context;
  const { name } = table.target;
  if (!(await queryRunner.hasTable(name))) {
    await refuseOtherSchema(context, table);
    return 'missing';
  }
  const shape = await context.shapeOf(name);
  refuseGenerated(table, shape);
  const present = await readTable(context, table);
  // One whose adoption was interrupted may be ours by its shape, and still have values of the old form.
  const isAdopted = async () => (await new AdoptionRecord(context).read(name)) !== undefined;
  if (!differs(context, present, shape, table) && !(await isAdopted())) return 'ours';
  refuseUnrelated(table, present);
  return { table, present, shape };
}

/** TypeORM cannot read a table with such a column that it did not create. */
function refuseGenerated(table: ResolvedTable, { columns }: TableShape): void {
  const found = columns.find(({ generated }) => generated);
  if (found) throw unfit(table, `column ${quote(found.name)} is a generated column`, 'Drop that column');
}

/** A table that statements reach by its name alone, in another schema than the one that a new table would be created in. */
async function refuseOtherSchema(context: MigrationContext, { target }: ResolvedTable): Promise<void> {
  if (target.name.includes('.')) return;
  const [present] = await context.read({ sql: context.catalogue.tablePresent(target.name, undefined) });
  if (!Number(present?.[0])) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} is in another schema than the first of the search path, where a new one would hide ` +
      'it. Nothing was changed. Give the DataSource the `schema` that its tables are in, or are to be in.',
  );
}

function refuseUnrelated({ own, target, nameOf }: ResolvedTable, present: Table): void {
  const missing = own.columns
    .filter(({ identifying }) => identifying)
    .map(({ property }) => nameOf(property))
    .filter((name) => !present.findColumnByName(name));
  if (missing.length === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} exists but is not a table that can be adopted: it has no ` +
      `${missing.map((name) => quote(name)).join(', ')}. Nothing was changed. Rename or drop that table, or give the ` +
      'DataSource an `entityPrefix` or another `schema`.',
  );
}

/** Whether the table has to be changed to become ours. */
function differs(
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
      return found !== undefined && mustChange(context, table, found, shape, column);
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

/** In characters, of a date as MariaDB and MySQL write it: `2025-12-01 11:43:13.500000`. */
export const LONGEST_DATE = 26;

/**
 * Whether a column has to become ours. One of instants may stay as wide as a date is long where the values are converted after
 * the column: to narrow it then would copy the table once more.
 */
export function mustChange(
  context: MigrationContext,
  table: ResolvedTable,
  found: TableColumn,
  shape: TableShape,
  wanted: TableColumn,
): boolean {
  const length = Number(found.length);
  const staysWide =
    !context.schema.computesValues &&
    instantNames(table).has(found.name) &&
    length > Number(wanted.length) &&
    length <= LONGEST_DATE;
  const compared = staysWide ? Object.assign(found.clone(), { length: wanted.length }) : found;
  return columnDiffers(context, compared, shape, wanted);
}

export function columnDiffers(
  { dataSource }: MigrationContext,
  found: TableColumn,
  shape: TableShape,
  wanted: TableColumn,
): boolean {
  const { driver } = dataSource;
  const typeOf = (column: TableColumn) => driver.normalizeType({ type: column.type as 'text' });
  // TypeORM leaves out a length that is its default, but not in every table.
  const lengthOf = (column: TableColumn) => driver.getColumnLength(column as never);
  const { collation, kinds = [] } = shape.columns.find(({ name }) => name === found.name) ?? {};
  return (
    kinds.length === 0 ||
    typeOf(found) !== typeOf(wanted) ||
    lengthOf(found) !== lengthOf(wanted) ||
    found.isNullable !== wanted.isNullable ||
    collation !== wanted.collation
  );
}
