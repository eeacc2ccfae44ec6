/** Checks what a table is made of before it is adopted; each refusal says what to change in the table. */
import type { ColumnKind, TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { OwnColumn, ResolvedTable } from '../own-table';
import { unfit } from './foreign-table';

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function refuseUnfitShape(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
): Promise<void> {
  if (shape.other !== null) throw unfit(table, `it is ${shape.other}`, 'Make it a plain table');
  if (!(await context.catalogue.isTransactional(context.queryRunner, table.target.name))) {
    throw unfit(table, 'its engine has no transactions', 'Change it to InnoDB');
  }
  for (const column of table.own.columns) refuseType(table, shape, column);
  refusePrimaryKey(table, shape);
  refuseColumnsThatMustBeGiven(table, shape);
  refuseChecks(table, shape);
  await refuseTriggers(context, table);
}

function refuseType(table: ResolvedTable, { columns }: TableShape, column: OwnColumn): void {
  const found = columns.find(({ name }) => name === table.nameOf(column.property));
  if (!found || kindsFor(column).some((kind) => found.kinds.includes(kind))) return;
  throw unfit(
    table,
    `column ${quote(found.name)} is of type ${quote(found.type)}, which cannot become ${column.type}`,
    `Change it to ${column.instant ? 'a date or text type' : column.type}`,
  );
}

/** Kinds of column whose values keep their meaning in ours. */
function kindsFor({ type, instant, json }: OwnColumn): readonly ColumnKind[] {
  if (instant) return ['instant', 'text'];
  if (type === 'integer' || type === 'boolean') return [type];
  return json ? ['text', 'json'] : ['text'];
}

/** Rows are found by it, by us and while they are rewritten. */
function refusePrimaryKey(table: ResolvedTable, { primaryKey }: TableShape): void {
  if (primaryKey.length === 1 && primaryKey[0] === table.keyColumn) return;
  throw unfit(
    table,
    `its primary key is not ${quote(table.keyColumn)} alone`,
    `Make ${quote(table.keyColumn)} its primary key`,
  );
}

/** Our inserts give no values for columns that are not ours. */
function refuseColumnsThatMustBeGiven(table: ResolvedTable, { columns }: TableShape): void {
  const ours = new Set(table.own.columns.map(({ property }) => table.nameOf(property)));
  const found = columns.find(
    (column) => !ours.has(column.name) && !column.nullable && column.default === null,
  );
  if (!found) return;
  throw unfit(
    table,
    `column ${quote(found.name)}, which mcp-connections does not write, is NOT NULL and has no default, so no row could be ` +
      'inserted',
    'Give that column a default',
  );
}

/**
 * A condition on what we write would stop a refreshed token from being saved. True and false are written as before, and the
 * ids of users as the host gives them.
 */
function refuseChecks(table: ResolvedTable, { checks }: TableShape): void {
  const ours = new Set(
    table.own.columns
      .filter(({ type, property }) => type !== 'boolean' && property !== 'userId')
      .map(({ property }) => table.nameOf(property)),
  );
  for (const { name, columns } of checks) {
    const column = columns.find((one) => ours.has(one));
    if (column === undefined) continue;
    throw unfit(
      table,
      `the constraint ${quote(name)} is about column ${quote(column)}, to which mcp-connections writes values of its own`,
      'Drop that constraint',
    );
  }
}

/** Where DDL cannot be undone, a trigger that changes what an adoption writes would stop the adoption half-way. */
async function refuseTriggers(
  { queryRunner, schema, catalogue }: MigrationContext,
  table: ResolvedTable,
): Promise<void> {
  if (schema.undoesDdl) return;
  const names = new Set(table.own.columns.map(({ property }) => table.nameOf(property).toLowerCase()));
  for (const { name, body } of await catalogue.triggersBeforeUpdate(queryRunner, table.target.name)) {
    const changed = [...body.toLowerCase().matchAll(/\bnew\s*\.\s*(?:`((?:[^`]|``)+)`|([\p{L}\d_$]+))/gu)];
    const column = changed.map(([, quoted, plain]) => quoted ?? plain ?? '').find((one) => names.has(one));
    if (column === undefined) continue;
    throw unfit(
      table,
      `the trigger ${quote(name)} runs before an update and mentions column ${quote(column)}, whose values get another form`,
      'Drop that trigger',
    );
  }
}
