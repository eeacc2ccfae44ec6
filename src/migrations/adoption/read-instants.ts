/** Reads instants in JavaScript, which knows every form in which a program may have written one. */
import type { MigrationContext } from '../../database/migration-context';
import { ConnectionsError, quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { pagesOf } from './key-ranges';
import type { LegacyColumn } from './legacy-columns';
import { fromLegacyInstant } from './legacy-instant';
import type { RewrittenRow } from './write-texts';

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
  columns: readonly LegacyColumn[],
  where: string,
): AsyncGenerator<RewrittenRow[], void> {
  const selected = [context.escape(table.keyColumn), ...columns.map(({ sql }) => sql.text)];
  for await (const rows of pagesOf(context, table, { rows: ROWS_READ, columns: selected, where })) {
    yield rows.map(([key, ...values]) => ({
      key,
      texts: columns.map(({ name, zone }, index) => {
        const text = (values[index] as string | null)?.trim() ?? null;
        if (text === null || OURS.test(text)) return text;
        return converted(text, zone, `Column ${quote(name)} of ${quote(table.target.name)}`);
      }),
    }));
  }
}

/** @returns null for an empty text and for MariaDB's zero date */
function converted(text: string, zone: string, where: string): string | null {
  if (text === '' || text.startsWith('0000-00-00')) return null;
  const instant = fromLegacyInstant(text, zone);
  if (instant !== undefined) return instant;
  throw new ConnectionsError(
    'tables_foreign',
    `${where} contains ${quote(text)}, which is not a timestamp. Correct that value with an UPDATE, then start again.`,
  );
}
