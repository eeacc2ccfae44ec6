/** Gives an existing table our columns, and their values our form; each step does only what is not done yet. */
import type { Table } from 'typeorm';
import type { TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { convertValues, fillOf, makeRoom } from './convert';
import type { Findings, FoundTable } from './foreign-table';
import { longTexts, readTable } from './foreign-table';
import { anyOf, instantColumns } from './instant-columns';
import { narrowConstraints } from './keys';
import { columnDiffers, connectionForeignKeys, missingColumns } from './recognize';

/** Gives the table our columns, and its values our form. */
export async function reshape(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  findings: Findings,
): Promise<void> {
  const { target, own } = table;
  if (own.shortLived) {
    const count = await emptyTable(context, target.name);
    if (count > 0) {
      context.log(
        'warn',
        `Unfinished authorizations of another program were deleted: ${count}. Their users have to start connecting again.`,
      );
    }
  }
  await addMissing(context, table);
  const values = await computedValues(context, table, before, findings);
  if (values.areFinal) await retype(context, table, findings, values.of);
  else await makeRoom(context, table, await readTable(context, table), values.of);
  if (!values.areCertain) await convertValues(context, table, before, values.areFinal);
  if (!values.areFinal) await retype(context, table, findings);
}

async function addMissing(context: MigrationContext, table: ResolvedTable): Promise<void> {
  const { queryRunner, schema } = context;
  const { target } = table;
  const added = missingColumns(await readTable(context, table), target).map((column) => {
    const nullable = column.clone();
    nullable.isNullable = column.default === undefined;
    return nullable;
  });
  if (added.length > 0) await schema.addColumns(queryRunner, target.name, added);
}

interface ComputedValues {
  /** Whether the values are ours when they are computed, so that the columns can become ours at once. */
  readonly areFinal: boolean;
  /** Whether that is known without a look at the rows. */
  readonly areCertain: boolean;
  /** An expression for the values of a column; undefined where they stay. */
  readonly of: (name: string) => string | undefined;
}

/** The values that the database can compute while it retypes columns: none if there are triggers, which that would bypass. */
async function computedValues(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  findings: Findings,
): Promise<ComputedValues> {
  const { queryRunner, schema, catalogue } = context;
  const { target, own, nameOf } = table;
  const triggers = schema.computesValues
    ? await catalogue.triggersBeforeUpdate(queryRunner, target.name)
    : [];
  if (!schema.computesValues || triggers.length > 0) {
    return { areFinal: false, areCertain: false, of: () => undefined };
  }
  const shape = await context.shapeOf(target.name);
  const instants = instantColumns(context, table, before, shape);
  const areCertain = instants.every(({ isTotal }) => isTotal);
  const unknown = areCertain
    ? 0
    : (findings.unknown ??
      (await context.count(target.name, anyOf(instants.map(({ isUnknown }) => isUnknown)))));
  const areFinal = unknown === 0;
  const of = (name: string) => {
    const value = instants.find((column) => column.name === name)?.value;
    const column = own.columns.find(({ property }) => nameOf(property) === name);
    const fill = areFinal && column ? fillOf(column) : undefined;
    return fill === undefined ? value : `COALESCE(${value ?? context.escape(name)}, ${fill})`;
  };
  return { areFinal, areCertain, of };
}

/**
 * Changes columns whose type, length, nullability or collation differs from ours, except where that is impossible.
 * @param valueOf an expression for the values that a column gets; default: those that it has
 */
async function retype(
  context: MigrationContext,
  table: ResolvedTable,
  findings: Findings,
  valueOf: ComputedValues['of'] = () => undefined,
): Promise<void> {
  const { queryRunner, schema, columnValues } = context;
  const present = await readTable(context, table);
  const shape = await context.shapeOf(table.target.name);
  const wrong = table.target.columns
    .filter(({ name }) => !findings.held?.has(name))
    .map((to) => ({ from: present.findColumnByName(to.name), to }))
    .flatMap(({ from, to }) => (from && columnDiffers(context, from, shape, to) ? [{ from, to }] : []));
  const tooLong = await tooLongOf(context, table, shape, findings);
  for (const { to } of wrong.filter((change) => tooLong.has(change.to.name))) {
    context.log(
      'warn',
      `Column ${quote(to.name)} of ${quote(present.name)} contains text longer than our limit, so the column keeps its length. ` +
        'Nothing has to be done.',
    );
  }
  const changes = wrong.map(({ from, to }) => {
    const value = valueOf(to.name);
    if (!tooLong.has(to.name)) return { from, to, value };
    return { from, to: Object.assign(to.clone(), columnValues.wideType(from)), value };
  });
  if (changes.length === 0) return;
  if (schema.rebuildsTables) leaveOut(present, table, shape);
  const held = await schema.retype(queryRunner, present, changes);
  for (const name of held) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(present.name)} is used by a foreign key and keeps its type and collation. Values ` +
        'that this collation treats as equal, such as "ada" and "Ada", conflict in unique keys (as in `account_taken`). To ' +
        'prevent that, drop the foreign key and change the column to a binary collation such as utf8mb4_bin.',
    );
  }
}

/** Takes constraints that an adoption drops out of a table that is about to be made again. */
function leaveOut(present: Table, table: ResolvedTable, shape: TableShape): void {
  const dropped = connectionForeignKeys(present, table);
  present.foreignKeys = present.foreignKeys.filter((key) => !dropped.includes(key));
  const narrow = narrowConstraints(present, shape, table);
  present.uniques = present.uniques.filter((constraint) => !narrow.includes(constraint));
}

async function tooLongOf(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  { tooLong }: Findings,
): Promise<ReadonlySet<string>> {
  if (tooLong) return tooLong;
  const { conditions, columnsOf } = longTexts(context, table, shape);
  return columnsOf(await context.counts(table.target.name, conditions));
}

/** @returns the number of rows that were deleted */
async function emptyTable(context: MigrationContext, tablePath: string): Promise<number> {
  const count = await context.count(tablePath, '1 = 1');
  if (count > 0) await context.write({ sql: `DELETE FROM ${context.path(tablePath)}` });
  return count;
}
