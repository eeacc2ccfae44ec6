/** Reads the rows of a table page by page, so that few are in memory at once, and writes many in few statements. */
import type { MigrationContext } from '../../database/migration-context';
import type { RowValues, Statement } from '../../database/statement';
import { inTransaction } from '../../database/transaction';
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

/** Reads the key and other expressions of the rows that fulfil a condition, page by page. */
export async function* pagesOf(
  context: MigrationContext,
  { target, keyColumn }: ResolvedTable,
  {
    rows,
    columns,
    where,
  }: { readonly rows: number; readonly columns: readonly string[]; readonly where: string },
): AsyncGenerator<readonly RowValues[], void> {
  const key = context.escape(keyColumn);
  const listed = [key, ...columns].join(', ');
  let after: unknown;
  for (;;) {
    const isLater = after === undefined ? '' : `${key} > ${context.dialect.placeholder(1)} AND `;
    const page = await context.read({
      sql: `SELECT ${listed} FROM ${context.path(target.name)} WHERE ${isLater}(${where}) ORDER BY ${key} LIMIT ${rows}`,
      parameters: after === undefined ? [] : [after],
    });
    if (page.length > 0) yield page;
    if (page.length < rows) return;
    after = page.at(-1)?.[0];
  }
}

const ROWS_IN_ONE_STATEMENT = 250;

export interface RewrittenRow {
  readonly key: unknown;
  /** Values in the order of the columns. */
  readonly texts: readonly (string | null)[];
}

/**
 * Writes all rows or none: in the open transaction, else in a new one.
 * @param selfAssignments what `readSelfAssignments` gives for the table
 */
export async function writeTexts(
  context: MigrationContext,
  table: ResolvedTable,
  columns: readonly string[],
  rows: readonly RewrittenRow[],
  selfAssignments: readonly string[],
): Promise<void> {
  if (rows.length === 0) return;
  const { target, keyColumn } = table;
  const { queryRunner } = context;
  const { placeholder } = context.dialect;
  const path = context.path(target.name);
  const key = context.escape(keyColumn);
  const write = async () => {
    for (let start = 0; start < rows.length; start += ROWS_IN_ONE_STATEMENT) {
      const chunk = rows.slice(start, start + ROWS_IN_ONE_STATEMENT);
      const parameters: unknown[] = [];
      const next = (value: unknown) => placeholder(parameters.push(value));
      const assignments = columns.map((column, index) => {
        const cases = chunk.map((row) => `WHEN ${next(row.key)} THEN ${next(row.texts[index])}`);
        return `${context.escape(column)} = CASE ${key} ${cases.join(' ')} END`;
      });
      const keys = chunk.map((row) => next(row.key));
      const sql = `UPDATE ${path} SET ${[...assignments, ...selfAssignments].join(', ')} WHERE ${key} IN (${keys.join(', ')})`;
      await context.write({ sql, parameters });
    }
  };
  await (queryRunner.isTransactionActive ? write() : inTransaction(queryRunner, write));
}

/** Assigns ON UPDATE columns that are not ours to themselves, so that our updates do not change their timestamps. */
export async function readSelfAssignments(
  context: MigrationContext,
  { target }: ResolvedTable,
): Promise<string[]> {
  const { columns } = await context.shapeOf(target.name);
  return columns
    .filter(({ name, definition }) => /\bON UPDATE\b/i.test(definition) && !target.findColumnByName(name))
    .map(({ name }) => `${context.escape(name)} = ${context.escape(name)}`);
}
