/**
 * The original service wrote the client's secret, in clear, into the metadata of every token. An adoption takes out what
 * looks like a secret, and nothing else: what is no JSON object stays as it is.
 */
import { deleteSecrets } from '../../config/secret-names';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { writeTexts } from './write-texts';

const PROPERTY = 'providerMetadata';

export async function removeMetadataSecrets(context: MigrationContext, table: ResolvedTable): Promise<void> {
  if (!table.own.columns.some(({ property }) => property === PROPERTY)) return;
  const { target, keyColumn, nameOf } = table;
  const column = context.escape(nameOf(PROPERTY));
  const rows = await context.read({
    sql: `SELECT ${context.escape(keyColumn)}, ${column} FROM ${context.path(target.name)} WHERE ${column} LIKE '{%'`,
  });
  let removed = 0;
  const changed = rows.flatMap(([key, text]) => {
    const value = objectIn(text);
    const count = deleteSecrets(value);
    removed += count;
    return count > 0 ? [{ key, texts: [JSON.stringify(value)] }] : [];
  });
  await writeTexts(context, table, [nameOf(PROPERTY)], changed);
  if (changed.length === 0) return;
  context.log(
    'warn',
    `Secrets in clear were removed from ${quote(nameOf(PROPERTY))} of ${quote(target.name)}: ${removed}, in ` +
      `${changed.length} rows. Backups and replicas made before may still have them: replace them at the providers.`,
  );
}

function objectIn(text: unknown): unknown {
  try {
    const value: unknown = JSON.parse(String(text));
    return Array.isArray(value) ? null : value;
  } catch {
    return null;
  }
}
