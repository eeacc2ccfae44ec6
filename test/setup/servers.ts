/** Where the servers are; each test makes a schema or database of its own there and drops it. */
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';

export const postgresUrl = process.env['TEST_POSTGRES_URL'] ?? 'postgres://root@127.0.0.1:5432/test';
export const mariadbUrl = process.env['TEST_MARIADB_URL'] ?? 'mysql://root@127.0.0.1:3306/test';

/** One statement on a connection of its own. */
export async function sendToPostgres(sql: string): Promise<void> {
  const client = new Client({ connectionString: postgresUrl });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** One statement on a connection of its own. */
export async function sendToMariadb(sql: string): Promise<void> {
  const connection = await createConnection(mariadbUrl);
  await connection.query(sql);
  await connection.end();
}
