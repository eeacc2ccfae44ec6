/**
 * The original service wrote the client's secret, in clear, into the metadata of every token. An adoption takes out what
 * looks like a secret, and nothing else. What is no JSON stays as it is; a warning counts it if it seems to have a secret.
 */
import { looksSecret } from '../../config/secret-names';
import type { MigrationContext } from '../../database/migration-context';
import { quote } from '../../errors';
import type { ResolvedTable } from '../own-table';
import { cutSecrets } from './cut-secrets';
import type { RewrittenRow } from './rows';
import { pagesOf, readSelfAssignments, writeTexts } from './rows';

const PROPERTY = 'providerMetadata';

/** Rows whose texts are in memory at once. */
const ROWS_READ = 500;

/** A warning stays readable. */
const MOST_NAMES = 10;

export async function removeMetadataSecrets(context: MigrationContext, table: ResolvedTable): Promise<void> {
  if (!table.own.columns.some(({ property }) => property === PROPERTY)) return;
  const { target, nameOf } = table;
  const column = context.escape(nameOf(PROPERTY));
  const where = `${quote(nameOf(PROPERTY))} of ${quote(target.name)}`;
  const selfAssignments = await readSelfAssignments(context, table);
  const names = new Set<string>();
  const count = { secrets: 0, rows: 0, unread: 0 };
  const pages = pagesOf(context, table, {
    rows: ROWS_READ,
    columns: [column],
    where: `${column} LIKE '%{%'`,
  });
  for await (const rows of pages) {
    const changed: RewrittenRow[] = [];
    for (const [key, value] of rows) {
      const text = String(value).trim();
      const rest = cutSecrets(text);
      if (!rest) count.unread += namesSecret(text) ? 1 : 0;
      else if (rest.names.length > 0) {
        changed.push({ key, texts: [rest.text] });
        count.secrets += rest.names.length;
        for (const name of rest.names) names.add(name);
      }
    }
    count.rows += changed.length;
    await writeTexts(context, table, [nameOf(PROPERTY)], changed, selfAssignments);
  }
  if (count.unread > 0) {
    context.log(
      'warn',
      `${where} seems to have secrets in clear in ${count.unread} rows that are no JSON, which were left as they are. Look at those ` +
        'rows, and set the column to NULL in them.',
    );
  }
  if (count.rows === 0) return;
  context.log(
    'warn',
    `Secrets in clear were removed from ${where}: ${count.secrets}, in ${count.rows} rows (${listNames([...names])}). Backups and ` +
      'replicas made before may still have them: replace them at the providers.',
  );
}

function listNames(names: readonly string[]): string {
  const shown = names.slice(0, MOST_NAMES).map((name) => quote(name));
  return [...shown, ...(names.length > MOST_NAMES ? ['…'] : [])].join(', ');
}

/** Whether a word that names a secret stands before a colon or an equals sign. */
function namesSecret(text: string): boolean {
  return [...text.matchAll(/[\p{L}\p{N}_-]+/gu)].some(({ 0: word, index }) => {
    const after = text.slice(index + word.length, index + word.length + 8);
    return /^["'\\]*\s*[:=]/.test(after) && looksSecret(word);
  });
}
