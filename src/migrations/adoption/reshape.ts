/** Gives an existing table our columns, and their values our form; each step does only what is not done yet. */
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { instantNames } from '../own-table';
import { convertValues, fillOf, filledColumns, makeRoom, roomForBoth } from './convert';
import type { Findings, FoundTable, KnownFindings } from './foreign-table';
import { longTexts, readTable } from './foreign-table';
import { anyOf, instantColumns } from './instant-columns';
import { missingColumns } from './recognize';
import { retype } from './retype';

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
  const known = { ...findings, tooLong: await tooLongOf(context, table, findings) };
  warnOfLongTexts(context, table, known.tooLong);
  if (context.schema.computesValues) await changeByComputing(context, table, before, known);
  else await changeInPlace(context, table, before, known);
}

/** Where the database computes the new values while it changes the columns, unless it cannot. */
async function changeByComputing(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  findings: KnownFindings,
): Promise<void> {
  const values = await computedValues(context, table, before, findings);
  if (values.areFinal) {
    await retype(context, table, findings, (from, to) => ({ from, to, value: values.of(to.name) }));
  } else await makeRoom(context, table, await readTable(context, table), values.of);
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
  const { queryRunner, catalogue } = context;
  const { target, own, nameOf } = table;
  const triggers = await catalogue.triggersBeforeUpdate(queryRunner, target.name);
  if (triggers.length > 0) {
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
 * Where an ALTER computes no values: all that can be ours before the values are converted becomes so in one ALTER, since each
 * copies the table. A second one is needed for columns that have NULL till then.
 */
async function changeInPlace(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  findings: KnownFindings,
): Promise<void> {
  const nullable = await columnsWithNull(context, table);
  const instants = instantNames(table);
  const held = await retype(context, table, findings, (from, to) => {
    const first = instants.has(to.name) ? roomForBoth(from, to) : to.clone();
    return { from, to: Object.assign(first, { isNullable: to.isNullable || nullable.has(to.name) }) };
  });
  await convertValues(context, table, before, false);
  await retype(context, table, { ...findings, held: new Set([...(findings.held ?? []), ...held]) });
}

/** Columns that have NULL where ours must have a value. */
async function columnsWithNull(
  context: MigrationContext,
  table: ResolvedTable,
): Promise<ReadonlySet<string>> {
  const filled = filledColumns(context, table, await context.shapeOf(table.target.name));
  const conditions = filled.map(({ column }) => `${column} IS NULL`);
  const counts = await context.counts(table.target.name, conditions);
  return new Set(filled.filter((_, index) => (counts[index] ?? 0) > 0).map(({ name }) => name));
}

async function tooLongOf(
  context: MigrationContext,
  table: ResolvedTable,
  { tooLong }: Findings,
): Promise<ReadonlySet<string>> {
  if (tooLong) return tooLong;
  const { conditions, columnsOf } = longTexts(context, table, await context.shapeOf(table.target.name));
  return columnsOf(await context.counts(table.target.name, conditions));
}

function warnOfLongTexts(
  context: MigrationContext,
  { target }: ResolvedTable,
  tooLong: ReadonlySet<string>,
): void {
  for (const name of tooLong) {
    context.log(
      'warn',
      `Column ${quote(name)} of ${quote(target.name)} contains text longer than our limit, so the column keeps its length. ` +
        'Nothing has to be done.',
    );
  }
}

/** @returns the number of rows that were deleted */
async function emptyTable(context: MigrationContext, tablePath: string): Promise<number> {
  const count = await context.count(tablePath, '1 = 1');
  if (count > 0) await context.write({ sql: `DELETE FROM ${context.path(tablePath)}` });
  return count;
}
