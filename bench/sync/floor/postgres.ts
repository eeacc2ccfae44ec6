/** PostgreSQL at its fastest: COPY for new rows, UPDATE from arrays for changed ones. */
import { once } from 'node:events';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { FloorDatabase, StoredRow } from './floor';
import { compared, read, written } from './floor';

export async function openPostgres(url: string): Promise<FloorDatabase> {
  const client = new Client({ connectionString: url });
  await client.connect();
  const assignments = compared.map((column) => `${column} = n.${column}`).join(', ');
  const arrays = ['name', ...compared].map((_, index) => `$${index + 2}::text[]`).join(', ');
  return {
    async select() {
      const text = `SELECT ${read.join(', ')} FROM connection_configs`;
      return (await client.query<StoredRow[]>({ text, rowMode: 'array' })).rows;
    },
    async write(insert, update, at) {
      const isOne = insert.length === 0 || update.length === 0;
      if (!isOne) await client.query('BEGIN');
      if (insert.length > 0) {
        const copy = client.query(copyFrom(`COPY connection_configs (${written.join(', ')}) FROM STDIN`));
        copy.end(insert.map((row) => `${row.map(copied).join('\t')}\n`).join(''));
        await once(copy, 'finish');
      }
      if (update.length > 0) {
        await client.query(
          `UPDATE connection_configs c SET ${assignments}, updated_at = $1 ` +
            `FROM unnest(${arrays}) AS n(name, ${compared.join(', ')}) WHERE c.name = n.name`,
          [at, ...['name', ...compared].map((_, index) => update.map((row) => row[index]))],
        );
      }
      if (!isOne) await client.query('COMMIT');
    },
    close: () => client.end(),
  };
}

const special: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function copied(value: unknown): string {
  if (value === null) return '\\N';
  return (typeof value === 'string' ? value : JSON.stringify(value)).replace(
    /[\\\t\n\r]/g,
    (character) => special[character] ?? character,
  );
}
