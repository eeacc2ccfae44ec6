/** Checks the values of a table before it is adopted: each must have a place in our columns, and let our statements work. */
import type { TableShape } from '../../database/catalogue';
import { hasColumn } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { refuseDuplicates } from './duplicates';
import type { Findings, FoundTable } from './foreign-table';
import { longTexts, unfit } from './foreign-table';
import { anyOf, instantColumns } from './instant-columns';
import { isUndecided, lateLease, refuseLeases, refuseUnknown } from './reserved-columns';

/**
 * @throws ConnectionsError `tables_foreign`, with nothing changed
 */
export async function refuseUnfitValues(
  context: MigrationContext,
  table: ResolvedTable,
  shape: TableShape,
  before: FoundTable,
): Promise<Required<Omit<Findings, 'held'>>> {
  // The rows of such a table are deleted.
  if (table.own.shortLived) return { tooLong: new Set(), unknown: 0 };
  const instants = instantColumns(context, table, before, shape);
  const checks = [
    ...nulls(context, table, shape),
    ...binaries(context, shape),
    ...numbersForBooleans(context, table, shape),
  ];
  const { conditions, columnsOf } = longTexts(context, table, shape);
  const isUnknown = anyOf(instants.map((column) => column.isUnknown));
  const counts = await context.counts(table.target.name, [
    ...conditions,
    ...checks.map(({ condition }) => condition),
    isUnknown,
    isUndecided(instants),
    lateLease(context, instants),
  ]);
  const tooLong = columnsOf(counts.splice(0, conditions.length));
  const [unknown = 0, undecided = 0, late = 0] = counts.splice(-3);
  for (const [index, count] of counts.entries()) {
    const check = checks[index];
    if (count > 0 && check) throw unfit(table, check.what(count), check.advice);
  }
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
      const condition = context.columnValues.notText(context.escape(name));
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
