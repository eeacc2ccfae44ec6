/** A table of another program: what is known of it, which of its texts are too long, and how it is refused. */
import type { Table } from 'typeorm';
import type { FoundColumn, FoundKey, TableShape } from '../../database/catalogue';
import type { MigrationContext } from '../../database/migration-context';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { instantNames } from '../own-table';

/** `present` and `shape` are passed along because reading a table is slow. */
export interface ForeignTable {
  readonly table: ResolvedTable;
  readonly present: Table;
  readonly shape: TableShape;
}

/** What a table was before its adoption. */
export interface FoundTable {
  readonly columns: readonly FoundColumn[];
  readonly keys: readonly FoundKey[];
  /** IANA name of the zone in which `created_at` and `updated_at` were read. */
  readonly zone: string;
}

/** What is known of a table already, so that it is not asked again; undefined: it has to be. */
export interface Findings {
  /** Columns that keep their type because a foreign key uses them. */
  readonly held?: ReadonlySet<string>;
  /** Columns with a text that is longer than ours may be. */
  readonly tooLong?: ReadonlySet<string>;
  /** Rows with an instant that SQL does not know. */
  readonly unknown?: number;
}

/** With what has been looked up, where it was not known. */
export type KnownFindings = Findings & Required<Pick<Findings, 'tooLong'>>;

export function foundTable(context: MigrationContext, table: ResolvedTable, shape: TableShape): FoundTable {
  const ours = new Set(table.target.columns.map(({ name }) => name));
  return {
    columns: shape.columns.filter(({ name }) => ours.has(name)),
    keys: shape.keys,
    zone: context.legacyTimeZone,
  };
}

/** Reads the table as it is now. */
export async function readTable(
  { queryRunner }: MigrationContext,
  { target }: ResolvedTable,
): Promise<Table> {
  return (await queryRunner.getTable(target.name)) as Table;
}

/** Conditions on a table, each of which holds for a text of one column that is longer than ours may be. */
interface LongTexts {
  readonly conditions: readonly string[];
  /** @returns the columns that have such a text, given how many rows fulfil each condition */
  readonly columnsOf: (counts: readonly number[]) => ReadonlySet<string>;
}

/**
 * Without instants, which are as long as ours once they are written.
 * @param shape of the table as it is now
 */
export function longTexts(
  context: MigrationContext,
  table: ResolvedTable,
  { columns }: TableShape,
): LongTexts {
  const instants = instantNames(table);
  const limited = table.target.columns.flatMap((column) => {
    const found = columns.find(({ name }) => name === column.name);
    if (!found || instants.has(column.name)) return [];
    const condition = context.columnValues.tooLong(context.escape(column.name), column, found);
    return condition === null ? [] : [{ name: column.name, condition }];
  });
  return {
    conditions: limited.map(({ condition }) => condition),
    columnsOf: (counts) =>
      new Set(limited.filter((_, index) => (counts[index] ?? 0) > 0).map(({ name }) => name)),
  };
}

/**
 * The refusal of a table, made before anything is changed.
 * @param what about the table, as a clause
 * @param advice what to do, as the beginning of a sentence
 */
export function unfit({ target }: ResolvedTable, what: string, advice: string): ConnectionsError {
  return new ConnectionsError(
    'tables_foreign',
    `The table ${quote(target.name)} of another program cannot be adopted: ${what}. Nothing was changed. ` +
      `${advice} and start again.`,
  );
}
