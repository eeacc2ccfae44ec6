/** A MariaDB database of its own. */
import { createConnection } from 'mysql2/promise';
import { mariadbUrl } from '../../setup/servers';
import type { FaultDatabase, Role, Row } from './database';
import { linesOf, undoAll } from './database';

const SHAPE = `
  SELECT CONCAT(table_name, ' column ', column_name, ' ', column_type, ' null ', is_nullable, ' default ',
    COALESCE(column_default, ''), ' collation ', COALESCE(collation_name, '')) AS line
  FROM information_schema.columns WHERE table_schema = DATABASE()
  UNION ALL
  SELECT CONCAT(table_name, ' index ', index_name, ' unique ', 1 - non_unique, ' ',
    GROUP_CONCAT(column_name ORDER BY seq_in_index))
  FROM information_schema.statistics WHERE table_schema = DATABASE() GROUP BY table_name, index_name, non_unique
  UNION ALL
  SELECT CONCAT(table_name, ' foreign key ', column_name, ' to ', referenced_table_name, '.', referenced_column_name)
  FROM information_schema.key_column_usage
  WHERE table_schema = DATABASE() AND referenced_table_name IS NOT NULL
  ORDER BY 1`;

export async function makeMariadb(name: string): Promise<FaultDatabase> {
  const open = await createConnection({ uri: mariadbUrl, multipleStatements: true });
  await open.query(`CREATE DATABASE ${name}; USE ${name}`);
  const undoings = [() => open.end(), () => open.query(`DROP DATABASE ${name}`)];
  const send = async (sql: string) => {
    const [rows] = await open.query(sql);
    return Array.isArray(rows) ? (rows as Row[]) : [];
  };
  const urlOf = (user?: string) => {
    const url = new URL(mariadbUrl);
    url.pathname = `/${name}`;
    if (user !== undefined) url.username = user;
    return url.href;
  };

  async function role(): Promise<Role> {
    // MySQL 5.6 takes no more than 16 characters.
    const user = `role_${name.slice(-8)}`;
    await send(`CREATE USER ${user}@'%'`);
    undoings.push(() => open.query(`DROP USER ${user}@'%'`));
    return {
      connection: { type: 'mariadb', url: urlOf(user), poolSize: 1 },
      async grant(rights) {
        await send(`REVOKE ALL PRIVILEGES, GRANT OPTION FROM ${user}@'%'`);
        // A user needs some right in a database to connect to it.
        const granted = { none: 'REFERENCES', read: 'SELECT', write: 'SELECT, INSERT, UPDATE, DELETE' }[
          rights
        ];
        await send(`GRANT ${granted} ON ${name}.* TO ${user}@'%'`);
      },
    };
  }

  return {
    engine: 'mariadb',
    connection: { type: 'mariadb', url: urlOf(), poolSize: 1 },
    send,
    shape: async () => linesOf(await send(SHAPE)),
    async hold(...statements) {
      const other = await createConnection(urlOf());
      for (const sql of statements) await other.query(sql);
      return () => other.end();
    },
    role,
    drop: () => undoAll(undoings),
  };
}
