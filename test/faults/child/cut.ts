/** Ends somebody's connection from a second one, as a failover or an administrator would. */
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { Connection } from '../in-every-job';

interface Cutter {
  /** Returns when the server no longer knows the connection. */
  cut(connection: unknown): Promise<void>;
  end(): Promise<void>;
}

export async function serverThatCuts({ type, url }: Connection): Promise<Cutter> {
  return type === 'postgres' ? cutPostgres(String(url)) : cutMariadb(String(url));
}

async function cutPostgres(url: string): Promise<Cutter> {
  const client = new Client({ connectionString: url });
  await client.connect();
  return {
    async cut(connection) {
      const { processID } = connection as { readonly processID: number };
      await client.query('SELECT pg_terminate_backend($1)', [processID]);
      const alive = () => client.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [processID]);
      while ((await alive()).rows.length > 0);
    },
    end: () => client.end(),
  };
}

async function cutMariadb(url: string): Promise<Cutter> {
  const client = await createConnection(url);
  return {
    async cut(connection) {
      const { threadId } = connection as { readonly threadId: number };
      await client.query('KILL ?', [threadId]);
      const alive = () =>
        client.query('SELECT 1 FROM information_schema.processlist WHERE id = ?', [threadId]);
      while (((await alive())[0] as readonly unknown[]).length > 0);
    },
    end: () => client.end(),
  };
}
