/**
 * The least that any program must do for a token that lives: a prepared SELECT on a pooled connection and one
 * decryption. It asks nothing of the row but that it is there, and shares no query with another caller.
 */
import type { KeyObject } from 'node:crypto';
import { createDecipheriv } from 'node:crypto';
import Database from 'better-sqlite3';
import type { AccessToken } from 'mcp-connections';
import type { RowDataPacket } from 'mysql2/promise';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import type { EngineName } from '../engines';
import { ACCOUNT, CONNECTION } from './users';

/** As many connections as TypeORM's pools have. */
export const POOL_SIZE = 10;

const TAG_BYTES = 16;

/** Ciphertext, instant of expiry, scopes. */
type Columns = readonly [string, string, string];

interface FloorDatabase {
  /** One row by user id, connection and account. */
  select(key: string[]): Promise<Columns | undefined> | Columns | undefined;
  close(): Promise<void>;
}

export interface Floor {
  read(userId: string): Promise<AccessToken>;
  close(): Promise<void>;
}

const select = (placeholders: readonly string[]) =>
  'SELECT access_token_encrypted, expires_at, scopes FROM user_connection_tokens ' +
  `WHERE user_id = ${placeholders[0]} AND connection_name = ${placeholders[1]} AND account = ${placeholders[2]}`;

const databases: Readonly<Record<EngineName, (address: string) => FloorDatabase>> = {
  sqlite(file) {
    const database = new Database(file);
    const statement = database.prepare(select(['?', '?', '?'])).raw();
    return {
      select: (key) => statement.get(...key) as Columns | undefined,
      close: async () => void database.close(),
    };
  },

  postgres(url) {
    const pool = new Pool({ connectionString: url, max: POOL_SIZE });
    const text = select(['$1', '$2', '$3']);
    return {
      async select(values) {
        const query = { name: 'floor', text, values, rowMode: 'array' } as const;
        return (await pool.query<[string, string, string]>(query)).rows[0];
      },
      close: () => pool.end(),
    };
  },

  mariadb(url) {
    const pool = createPool({ uri: url, connectionLimit: POOL_SIZE });
    const sql = select(['?', '?', '?']);
    return {
      async select(values) {
        const [rows] = await pool.execute<RowDataPacket[][]>({ sql, values, rowsAsArray: true });
        return rows[0] as Columns | undefined;
      },
      close: () => pool.end(),
    };
  },
};

/** @param keyId as it stands in the ciphertexts */
export function openFloor(engine: EngineName, address: string, keyId: string, key: KeyObject): Floor {
  const database = databases[engine](address);
  return {
    async read(userId) {
      const row = await database.select([userId, CONNECTION, ACCOUNT]);
      if (!row) throw new Error('There is no row for the user');
      const [ciphertext, expiresAt, scopes] = row;
      const place = ['v1', keyId, 'user_connection_tokens', 'access_token_encrypted'];
      const accessToken = decrypt(ciphertext, JSON.stringify([...place, userId, CONNECTION, ACCOUNT]), key);
      return { accessToken, expiresAt: new Date(expiresAt), scopes: scopes.split(' ') };
    },
    close: () => database.close(),
  };
}

function decrypt(ciphertext: string, additionalData: string, key: KeyObject): string {
  const [, , nonce = '', text = ''] = ciphertext.split('.');
  const sealed = Buffer.from(text, 'base64url');
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), options);
  decipher.setAAD(Buffer.from(additionalData)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
