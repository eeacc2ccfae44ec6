/** Checks the values of a table before it is adopted: each must have a place in our columns, and let our statements work. */
import type { MigrationContext } from '../../database/migration-context';
import type { TableShape } from '../../database/table-shape';
import { hasColumn } from '../../database/table-shape';
import type { RowValues } from '../../database/statement';
import { quote } from '../../errors';
import type { OwnColumn, ResolvedTable } from '../own-table';
import { refuseDuplicates, withOurCollation } from './duplicates';
import { pagesOf } from './key-ranges';
import { anyOf, legacyColumns } from './legacy-columns';
import type { FoundTable } from './record';
import { limitedColumns, namesOf, withoutInstants } from './rows';
import { unfit } from './unfit-error';
import { isUndecided, lateLease, refuseLeases } from './unfit-leases';

/** What the checks found of the rows. */
export interface Findings {
  /** Columns with a text that is longer than ours may be. */
  readonly tooLong: ReadonlySet<string>;
  /** Rows with an instant that SQL does not know. */
  readonly unknown: number;
}

/**
 * @throws ConnectionsError `tables_foreign`, with nothing changed
 */
export async function refuseUnfitValues(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  before: FoundTable,
): Promise<Findings> {
  // The rows of such a table are deleted.
  if (table.own.shortLived) return { tooLong: new Set(), unknown: 0 };
  const instants = legacyColumns(context, table, before, shape);
  const checks = [
    ...nulls(context, table, shape),
    ...binaries(context, shape),
    ...numbersForBooleans(context, table, shape),
  ];
  const limited = limitedColumns(context, withoutInstants(table), shape);
  const isUnknown = anyOf(instants.map((column) => column.isUnknown));
  const counts = await context.counts(table.target.name, [
    ...limited.map(({ condition }) => condition),
    ...checks.map(({ condition }) => condition),
    isUnknown,
    isUndecided(instants),
    lateLease(context, instants),
  ]);
  const tooLong = namesOf(limited, counts.splice(0, limited.length));
  const [unknown = 0, undecided = 0, late = 0] = counts.splice(-3);
  for (const [index, count] of counts.entries()) {
    const check = checks[index];
    if (count > 0 && check) throw unfit(table, check.what(count), check.advice);
  }
  refuseWideKeys(context, table, shape, tooLong);
  await refuseDuplicates(context, table, shape);
  await refuseUnknown(context, table, shape);
  await refuseLeases(context, table, instants, { undecided, late });
  return { tooLong, unknown };
}

interface ValueCheck {
  /** Holds for values that are refused. */
  readonly condition: string;
  /** About the table, as a clause. */
  readonly what: (count: number) => string;
  /** What to do, as the beginning of a sentence. */
  readonly advice: string;
}

function nulls(context: MigrationContext, table: ResolvedTable, { columns }: TableShape): ValueCheck[] {
  return table.own.columns.flatMap(({ property, nullable, fill, default: byDefault, instant }) => {
    const name = table.nameOf(property);
    const isGiven =
      nullable === true || fill !== undefined || byDefault !== undefined || instant !== undefined;
    if (isGiven || !columns.find((column) => column.name === name)?.nullable) return [];
    return {
      condition: `${context.escape(name)} IS NULL`,
      what: (count) => `column ${quote(name)} must not be NULL (rows with NULL: ${count})`,
      advice: 'Set a value in those rows or delete them',
    };
  });
}

function binaries(context: MigrationContext, { columns }: TableShape): ValueCheck[] {
  return columns
    .filter(({ kinds }) => kinds.includes('text') || kinds.includes('json'))
    .flatMap(({ name }) => {
      const condition = context.schema.notText(context.escape(name));
      if (condition === null) return [];
      const what = (count: number) =>
        `column ${quote(name)} has values that are bytes and no text (rows: ${count})`;
      return { condition, what, advice: 'Change them to text' };
    });
}

/** Where an engine keeps true and false as numbers. */
function numbersForBooleans(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
): ValueCheck[] {
  return table.own.columns
    .filter(({ type, property }) => type === 'boolean' && hasColumn(shape, table.nameOf(property), 'integer'))
    .map(({ property }) => {
      const name = table.nameOf(property);
      return {
        condition: `${context.escape(name)} NOT IN (0, 1)`,
        what: (count) => `column ${quote(name)} has values other than 0, 1 and NULL (rows: ${count})`,
        advice: 'Change them to 0 or 1',
      };
    });
}

/** A column that stays as wide as it is must fit into our keys all the same. */
function refuseWideKeys(
  { schema }: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
  tooLong: ReadonlySet<string>,
): void {
  const { keyBytes } = schema;
  if (keyBytes === null) return;
  const { target, keyColumn } = table;
  const keys = [[keyColumn], ...target.indices.map(({ columnNames }) => columnNames)];
  const lengthOf = (name: string) => {
    const type = columns.find((column) => column.name === name)?.type ?? '';
    const ours = Number(target.findColumnByName(name)?.length);
    return tooLong.has(name) ? Number(/^varchar\((\d+)\)/.exec(type)?.[1] ?? Infinity) : ours;
  };
  for (const key of keys) {
    const bytes = key.reduce((sum, name) => sum + lengthOf(name) * BYTES_OF_CHARACTER, 0);
    const name = key.find((one) => tooLong.has(one));
    if (name === undefined || bytes <= keyBytes) continue;
    throw unfit(
      table,
      `column ${quote(name)} has values of more than ${target.findColumnByName(name)?.length} characters, with which it is too ` +
        'wide for a key',
      'Shorten those values or delete their rows',
    );
  }
}

const BYTES_OF_CHARACTER = 4;

/** Rows whose values are in memory at once. */
const ROWS_READ = 5000;

/** Columns whose values only we give a meaning to: what another program put there would stop a refresh, or be believed. */
async function refuseUnknown(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): Promise<void> {
  const own = table.own.columns.filter(
    ({ property, accepts }) =>
      accepts !== undefined && columns.some(({ name }) => name === table.nameOf(property)),
  );
  if (own.length === 0) return;
  const names = own.map(({ property }) => table.nameOf(property));
  const values = names.map((name) => withOurCollation(context, table, name));
  for await (const rows of pagesOf(context, table, { rows: ROWS_READ, columns: values, where: '1 = 1' })) {
    for (const row of rows) refuseForeign(table, own, row);
  }
}

function refuseForeign(table: ResolvedTable, own: readonly OwnColumn[], row: RowValues): void {
  const wrong = own.findIndex(
    ({ accepts }, index) => row[index] !== null && !accepts?.test(`${row[index] as string | number}`),
  );
  const valueOf = (property: string) => row[own.findIndex((column) => column.property === property)] ?? null;
  const saved = Number(valueOf('generation') ?? 0);
  const isAhead =
    saved > Number(valueOf('claimedGeneration') ?? 0) || (saved > 0 && valueOf('configFingerprint') === null);
  if (wrong < 0 && !isAhead) return;
  const name = table.nameOf(own[wrong]?.property ?? 'generation');
  throw unfit(
    table,
    `column ${quote(name)} has a name that mcp-connections uses, and values that it does not write`,
    'Rename that column, or drop it',
  );
}
