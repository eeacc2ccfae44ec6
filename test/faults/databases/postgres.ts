/** A PostgreSQL schema of its own, in the database that the tests are given. */
import { Client } from 'pg';
import { postgresUrl } from '../../setup/servers';
import type { FaultDatabase, Role, Row } from './database';
import { linesOf, undoAll } from './database';

const SHAPE = `
  SELECT c.table_name || ' column ' || c.column_name || ' ' || c.data_type || '(' ||
    coalesce(c.character_maximum_length::text, '') || ') null ' || c.is_nullable || ' default ' ||
    coalesce(c.column_default, '') || ' collation ' || coalesce(c.collation_name, '') AS line
  FROM information_schema.columns c WHERE c.table_schema = current_schema()
  UNION ALL
  SELECT tablename || ' index ' || indexdef FROM pg_indexes WHERE schemaname = current_schema()
  UNION ALL
  SELECT conrelid::regclass::text || ' constraint ' || conname || ' ' || pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = current_schema()::regnamespace
  ORDER BY 1`;

export async function makePostgres(name: string): Promise<FaultDatabase> {
  const connect = async () => {
    const client = new Client({ connectionString: postgresUrl });
    await client.connect();
    await client.query(`SET search_path TO ${name}`);
    return client;
  };
  const client = await connect();
  await client.query(`CREATE SCHEMA ${name}`);
  const undoings = [() => client.end(), () => client.query(`DROP SCHEMA ${name} CASCADE`)];
  const send = async (sql: string) => (await client.query<Row>(sql)).rows ?? [];

  async function role(): Promise<Role> {
    const user = `${name}_role`;
    await send(`CREATE ROLE ${user} LOGIN`);
    undoings.push(
      () => client.query(`DROP ROLE ${user}`),
      () => client.query(`DROP OWNED BY ${user}`),
    );
    await send(`GRANT USAGE ON SCHEMA ${name} TO ${user}`);
    const url = new URL(postgresUrl);
    url.username = user;
    return {
      connection: { type: 'postgres', url: url.href, schema: name, poolSize: 1 },
      async grant(rights) {
        await send(`REVOKE ALL ON ALL TABLES IN SCHEMA ${name} FROM ${user}`);
        const granted = rights === 'read' ? 'SELECT' : 'SELECT, INSERT, UPDATE, DELETE';
        if (rights !== 'none') await send(`GRANT ${granted} ON ALL TABLES IN SCHEMA ${name} TO ${user}`);
      },
    };
  }

  return {
    engine: 'postgres',
    connection: { type: 'postgres', url: postgresUrl, schema: name, poolSize: 1 },
    send,
    shape: async () => linesOf(await send(SHAPE)).map((line) => line.replaceAll(name, 'schema')),
    async hold(...statements) {
      const other = await connect();
      for (const sql of statements) await other.query(sql);
      return () => other.end();
    },
    role,
    drop: () => undoAll(undoings),
  };
}
