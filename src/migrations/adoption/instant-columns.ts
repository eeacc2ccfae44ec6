/**
 * The columns of instants that a table had before its adoption: how SQL reads the values that they have now, and how JavaScript
 * does, which knows every form in which a program may have written one.
 */
import type { TableShape } from '../../database/catalogue';
import type { InstantSql } from '../../database/column-values';
import type { MigrationContext } from '../../database/migration-context';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import type { FoundTable } from './foreign-table';
import { fromLegacyInstant } from './legacy-instant';
import type { RewrittenRow } from './rows';
import { pagesOf } from './rows';

export interface InstantColumn {
  readonly property: string;
  readonly name: string;
  /** IANA name, for values without an offset. */
  readonly zone: string;
  readonly sql: InstantSql;
  /** Whether ours must have a value. */
  readonly isRequired: boolean;
  /** Whether SQL can convert whatever value there is. */
  readonly isTotal: boolean;
  /** A condition on values that are not in our form. */
  readonly isForeign: string;
  /** A condition on values of which only JavaScript knows what they mean. */
  readonly isUnknown: string;
  /** A condition on values that may be no instant at all. */
  readonly isDoubtful: string;
  /** An expression for what SQL makes of a value; one that is unknown stays as it is. */
  readonly value: string;
}

/** @param shape of the table as it is now */
export function instantColumns(
  context: MigrationContext,
  table: ResolvedTable,
  before: FoundTable,
  { columns }: TableShape,
): InstantColumn[] {
  return table.own.columns.flatMap(({ property, instant, nullable }) => {
    const name = table.nameOf(property);
    const found = before.columns.find((column) => column.name === name);
    const now = columns.find((column) => column.name === name);
    if (instant === undefined || !found || !now) return [];
    const zone = instant === 'local' && !found.absolute ? before.zone : 'UTC';
    const column = context.escape(name);
    const sql = context.columnValues.instant(column, now.kinds);
    const isKnown = zone === 'UTC' ? sql.isKnown : `(${sql.isKnown} AND ${sql.saysUtc})`;
    return {
      property,
      name,
      zone,
      sql,
      isRequired: nullable !== true,
      isTotal: sql.isTotal && zone === 'UTC',
      isForeign: `(${column} IS NOT NULL AND NOT ${sql.isOurs})`,
      isUnknown: `(${column} IS NOT NULL AND NOT (${sql.isOurs} OR ${isKnown}))`,
      isDoubtful: `(${column} IS NOT NULL AND NOT (${sql.isOurs} OR ${sql.isKnown}))`,
      value: `CASE WHEN ${isKnown} THEN ${sql.written} ELSE ${sql.text} END`,
    };
  });
}

/** A condition on rows of which one of the conditions holds. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? '1 = 0' : conditions.join(' OR ');
}

/** Rows whose values are in memory at once. */
const ROWS_READ = 500;

const OURS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Reads the instants of the rows for which a condition holds, and converts them to our form.
 * @throws ConnectionsError `tables_foreign` for a text that is not a timestamp
 */
export async function* readInstants(
  context: MigrationContext,
  table: ResolvedTable,
  columns: readonly InstantColumn[],
  where: string,
): AsyncGenerator<RewrittenRow[], void> {
  const selected = columns.map(({ sql }) => sql.text);
  for await (const rows of pagesOf(context, table, { rows: ROWS_READ, columns: selected, where })) {
    yield rows.map(([key, ...values]) => ({
      key,
      texts: columns.map(({ name, zone }, index) => {
        const text = (values[index] as string | null)?.trim() ?? null;
        if (text === null || OURS.test(text)) return text;
        return convertText(text, zone, `Column ${quote(name)} of ${quote(table.target.name)}`);
      }),
    }));
  }
}

/** @returns null for an empty text and for MariaDB's zero date */
function convertText(text: string, zone: string, where: string): string | null {
  if (text === '' || text.startsWith('0000-00-00')) return null;
  const instant = fromLegacyInstant(text, zone);
  if (instant !== undefined) return instant;
  throw new ConnectionsError(
    'tables_foreign',
    `${where} contains ${quote(text)}, which is not a timestamp. Correct that value with an UPDATE, then start again.`,
  );
}
