/** Checks, before a revert changes anything, that the old columns can hold what the rows have by now. */
import type { MigrationContext } from '../../database/migration-context';
import { hasColumn, widthOf } from '../../database/table-shape';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import type { FoundTable } from './record';

/** In characters: `2025-12-01 11:43:13`. */
const SHORTEST_INSTANT = 19;

/** @throws ConnectionsError `tables_foreign`, with nothing changed */
export async function refuseLoss(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
): Promise<void> {
  const { target, own, nameOf } = table;
  const { columns } = await context.schema.shapeOf(context.queryRunner, target.name);
  const present = new Set(columns.map(({ name }) => name));
  await refuseAccounts(context, table, before, present);
  for (const { property, instant } of own.columns) {
    const found = before.columns.find(({ name }) => name === nameOf(property));
    if (!found || !present.has(found.name)) continue;
    const column = context.escape(found.name);
    if (!found.nullable) await refuse(context, table, found.name, `${column} IS NULL`, 'NULL');
    // A revert that was interrupted may have given an instant its old type back.
    const isDate = instant && hasColumn({ columns }, found.name, 'instant');
    const isText = instant && found.kinds.includes('text');
    const lostText = widthOf(found) < SHORTEST_INSTANT ? `${column} IS NOT NULL` : null;
    const condition = isDate ? null : isText ? lostText : context.schema.lostIn(column, found);
    if (condition !== null) {
      await refuse(context, table, found.name, condition, `a value that does not fit into ${found.type}`);
    }
  }
}

async function refuse(
  context: MigrationContext,
  { target }: ResolvedTable,
  column: string,
  condition: string,
  what: string,
): Promise<void> {
  const count = await context.count(target.name, condition);
  if (count === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `Column ${quote(column)} of ${quote(target.name)} has ${what} in ${count} rows, which it could not have before its ` +
      'adoption. Nothing was changed. Change or delete those rows, then revert again.',
  );
}

/** Without the column `account`, two accounts of a user at one connection would be two indistinguishable rows. */
async function refuseAccounts(
  context: MigrationContext,
  { target, nameOf }: ResolvedTable,
  before: FoundTable,
  present: ReadonlySet<string>,
): Promise<void> {
  const name = nameOf('account');
  if (before.columns.some((column) => column.name === name) || !present.has(name)) return;
  const condition = `${context.escape(name)} <> 'default'`;
  const count = await context.count(target.name, condition);
  if (count === 0) return;
  throw new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} has rows with an account other than "default" (${count}), and before its ` +
      'adoption it had no column for the account. Nothing was changed. Delete those rows ' +
      `(DELETE FROM ${context.path(target.name)} WHERE ${condition}), then revert again.`,
  );
}
