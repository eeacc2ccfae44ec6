/**
 * The original service wrote the client's secret, in clear, into the metadata of every token. An adoption takes out what
 * looks like a secret, and nothing else. What is no JSON stays as it is; a warning counts it if it seems to have a secret.
 */
import { looksSecret } from '../../config/secret-names';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { cutSecrets } from './cut-secrets';
import type { RewrittenRow } from './write-texts';
import { writeTexts } from './write-texts';

const PROPERTY = 'providerMetadata';

/** A warning stays readable. */
const MOST_NAMES = 10;

export async function removeMetadataSecrets(context: MigrationContext, table: ResolvedTable): Promise<void> {
  if (!table.own.columns.some(({ property }) => property === PROPERTY)) return;
  const { target, keyColumn, nameOf } = table;
  const column = context.escape(nameOf(PROPERTY));
  const rows = await context.read({
    sql: `SELECT ${context.escape(keyColumn)}, ${column} FROM ${context.path(target.name)} WHERE ${column} LIKE '%{%'`,
  });
  const where = `${quote(nameOf(PROPERTY))} of ${quote(target.name)}`;
  const changed: RewrittenRow[] = [];
  const names: string[] = [];
  let unread = 0;
  for (const [key, value] of rows) {
    const text = String(value).trim();
    const rest = cutSecrets(text);
    if (!rest) unread += namesSecret(text) ? 1 : 0;
    else if (rest.names.length > 0) {
      changed.push({ key, texts: [rest.text] });
      for (const name of rest.names) names.push(name);
    }
  }
  await writeTexts(context, table, [nameOf(PROPERTY)], changed);
  if (unread > 0) {
    context.log(
      'warn',
      `${where} seems to have secrets in clear in ${unread} rows that are no JSON, which were left as they are. Look at those ` +
        'rows, and set the column to NULL in them.',
    );
  }
  if (changed.length === 0) return;
  context.log(
    'warn',
    `Secrets in clear were removed from ${where}: ${names.length}, in ${changed.length} rows (${listed(names)}). Backups and ` +
      'replicas made before may still have them: replace them at the providers.',
  );
}

function listed(names: readonly string[]): string {
  const different = [...new Set(names)];
  const shown = different.slice(0, MOST_NAMES).map((name) => quote(name));
  return [...shown, ...(different.length > MOST_NAMES ? ['…'] : [])].join(', ');
}

/** Whether a word that names a secret stands before a colon or an equals sign. */
function namesSecret(text: string): boolean {
  return [...text.matchAll(/[\p{L}\p{N}_-]+/gu)].some(({ 0: word, index }) => {
    const after = text.slice(index + word.length, index + word.length + 8);
    return /^["'\\]*\s*[:=]/.test(after) && looksSecret(word);
  });
}
