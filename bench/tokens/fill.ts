/** A row of living tokens for each user and connection, every text encrypted for its place, as the package would have written them. */
import type { TokenCipher } from 'mcp-connections';
import { UserConnectionToken } from 'mcp-connections';
import type { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import type { User } from './users';
import { ACCOUNT, CONNECTION, EXPIRES_AT, SCOPES, idOf, tokenOf } from './users';

const CHUNK = 500;

/** What a server would do after so many rows, perhaps while something is timed. */
const tidying: Readonly<Record<EngineName, ((table: string) => string) | null>> = {
  sqlite: null,
  postgres: (table) => `VACUUM ANALYZE ${table}`,
  mariadb: (table) => `ANALYZE TABLE ${table}`,
};

export async function fill(
  engine: EngineName,
  dataSource: DataSource,
  users: readonly User[],
  cipher: TokenCipher,
  connections: readonly string[] = [CONNECTION],
): Promise<void> {
  const places = users.flatMap((user) => connections.map((connection) => ({ user, connection })));
  const table = dataSource.getMetadata(UserConnectionToken).tablePath;
  await dataSource.transaction(async (manager) => {
    for (let start = 0; start < places.length; start += CHUNK) {
      const some = places.slice(start, start + CHUNK);
      const rows = await Promise.all(some.map(({ user, connection }) => rowOf(user, connection, cipher)));
      const columns = Object.keys(rows[0] ?? {});
      const parameter = (row: number, name: string, column: number) =>
        dataSource.driver.createParameter(name, row * columns.length + column);
      const lists = rows.map(
        (_, row) => `(${columns.map((name, column) => parameter(row, name, column)).join(', ')})`,
      );
      await manager.query(
        `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${lists.join(', ')}`,
        rows.flatMap((row) => Object.values(row)),
      );
    }
  });
  const tidy = tidying[engine]?.(table);
  if (tidy !== undefined) await dataSource.query(tidy);
}

/** Of each row the columns in the same order. */
async function rowOf(user: User, connection: string, cipher: TokenCipher): Promise<Record<string, unknown>> {
  const at = new Date().toISOString();
  const encrypted = (kind: 'access' | 'refresh') =>
    cipher.encrypt(tokenOf(user, kind), {
      table: 'user_connection_tokens',
      column: `${kind}_token_encrypted`,
      row: [user.userId, connection, ACCOUNT],
    });
  return {
    id: connection === CONNECTION ? user.rowId : idOf(`row ${user.number} at ${connection}`),
    user_id: user.userId,
    connection_name: connection,
    account: ACCOUNT,
    access_token_encrypted: await encrypted('access'),
    refresh_token_encrypted: await encrypted('refresh'),
    token_type: 'Bearer',
    expires_at: EXPIRES_AT,
    scopes: SCOPES.join(' '),
    // Rows of another program: whatever the declaration is, the tokens may be used.
    generation: 0,
    claimed_generation: 0,
    status: 'active',
    created_at: at,
    updated_at: at,
  };
}
