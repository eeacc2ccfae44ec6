/** Divides a table into pages, so that no statement reads or writes more than one, and none is held in memory longer. */
import type { MigrationContext } from '../../database/migration-context';
import type { RowValues, Statement } from '../../database/statement';
import type { ResolvedTable } from '../own-table';

interface KeyRange {
  /** Undefined for the first page. */
  readonly after: unknown;
  /** Undefined for the last page. */
  readonly upTo: unknown;
}

/** Ranges with that many rows each, in the order of the primary key. */
export async function* keyRanges(
  context: MigrationContext,
  { target, keyColumn }: ResolvedTable,
  rows: number,
): AsyncGenerator<KeyRange, void> {
  const key = context.escape(keyColumn);
  let after: unknown;
  for (;;) {
    const where = after === undefined ? '' : ` WHERE ${key} > ${context.dialect.placeholder(1)}`;
    const [last] = await context.read({
      sql: `SELECT ${key} FROM ${context.path(target.name)}${where} ORDER BY ${key} LIMIT 1 OFFSET ${rows - 1}`,
      parameters: after === undefined ? [] : [after],
    });
    yield { after, upTo: last?.[0] };
    if (last === undefined) return;
    [after] = last;
  }
}

/** A condition on the rows of a range, whose placeholders are the first of the statement. */
export function inRange(
  context: MigrationContext,
  { keyColumn }: ResolvedTable,
  { after, upTo }: KeyRange,
): Required<Statement> {
  const key = context.escape(keyColumn);
  const bounds = [
    { operator: '>', bound: after },
    { operator: '<=', bound: upTo },
  ].filter(({ bound }) => bound !== undefined);
  const conditions = bounds.map(
    ({ operator }, index) => `${key} ${operator} ${context.dialect.placeholder(index + 1)}`,
  );
  return { sql: ['1 = 1', ...conditions].join(' AND '), parameters: bounds.map(({ bound }) => bound) };
}

/** Reads expressions of the rows that fulfil a condition, page by page. */
export async function* pagesOf(
  context: MigrationContext,
  table: ResolvedTable,
  {
    rows,
    columns,
    where,
  }: { readonly rows: number; readonly columns: readonly string[]; readonly where: string },
): AsyncGenerator<readonly RowValues[], void> {
  for await (const range of keyRanges(context, table, rows)) {
    const { sql, parameters } = inRange(context, table, range);
    yield await context.read({
      sql: `SELECT ${columns.join(', ')} FROM ${context.path(table.target.name)} WHERE ${sql} AND (${where})`,
      parameters,
    });
  }
}
