/**
 * The least that any program must do for a token that lives: a prepared SELECT on a pooled connection and one
 * decryption. It asks nothing of the row but that it is there, and shares no query with another caller. And the least for a list of
 * what a user has connected: a prepared SELECT of the columns that are shown, and an object for each.
 */
import type { KeyObject } from 'node:crypto';
import { createDecipheriv } from 'node:crypto';
import Database from 'better-sqlite3';
import type { AccessToken, ConnectionDefinition, UserConnection } from 'mcp-connections';
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

/** Connection, account, status and its reason, scopes, instants of expiry and creation, metadata as JSON. */
type Shown = readonly [string, string, string, string | null, string, string, string, string | null];

interface FloorDatabase {
  /** One row by user id, connection and account. */
  select(key: string[]): Promise<Columns | undefined> | Columns | undefined;
  /** The rows of a user. */
  list(userId: string): Promise<Shown[]> | Shown[];
  close(): Promise<void>;
}

export interface Floor {
  read(userId: string): Promise<AccessToken>;
  list(userId: string): Promise<UserConnection[]>;
  close(): Promise<void>;
}

const select = (placeholders: readonly string[]) =>
  'SELECT access_token_encrypted, expires_at, scopes FROM user_connection_tokens ' +
  `WHERE user_id = ${placeholders[0]} AND connection_name = ${placeholders[1]} AND account = ${placeholders[2]}`;

const list = (placeholder: string) =>
  'SELECT connection_name, account, status, status_reason, scopes, expires_at, created_at, provider_metadata ' +
  `FROM user_connection_tokens WHERE user_id = ${placeholder}`;

const databases: Readonly<Record<EngineName, (address: string) => FloorDatabase>> = {
  sqlite(file) {
    const database = new Database(file);
    const statement = database.prepare(select(['?', '?', '?'])).raw();
    const ofUser = database.prepare(list('?')).raw();
    return {
      select: (key) => statement.get(...key) as Columns | undefined,
      list: (userId) => ofUser.all(userId) as unknown as Shown[],
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
      async list(userId) {
        const query = {
          name: 'floor of lists',
          text: list('$1'),
          values: [userId],
          rowMode: 'array' as const,
        };
        return (await pool.query<[...Shown]>(query)).rows;
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
      async list(userId) {
        const query = { sql: list('?'), values: [userId], rowsAsArray: true };
        return (await pool.execute<RowDataPacket[][]>(query))[0] as unknown as Shown[];
      },
      close: () => pool.end(),
    };
  },
};

/**
 * @param keyId as it stands in the ciphertexts
 * @param definitions of the connections that a list shows
 */
export function openFloor(
  engine: EngineName,
  address: string,
  keyId: string,
  key: KeyObject,
  definitions: readonly ConnectionDefinition[] = [],
): Floor {
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
    async list(userId) {
      return shown(definitions, await database.list(userId));
    },
    close: () => database.close(),
  };
}

function shown(definitions: readonly ConnectionDefinition[], rows: readonly Shown[]): UserConnection[] {
  const accounts = new Map<string, UserConnection['accounts']>();
  const now = Date.now();
  for (const [name, account, status, reason, scopes, expiresAt, createdAt, metadata] of rows) {
    const expires = new Date(expiresAt);
    const isConnected = status === 'active' && expires.getTime() > now;
    const shownAccount: UserConnection['accounts'][number] = {
      account,
      renewable: isConnected,
      ...(isConnected
        ? { status: 'connected' }
        : { status: 'reauthorization_required', reason: reason as 'expired' }),
      scopes: scopes.split(' '),
      expiresAt: expires,
      connectedAt: new Date(createdAt),
      providerMetadata: metadata === null ? null : JSON.parse(metadata),
    };
    const same = accounts.get(name);
    if (same) (same as (typeof shownAccount)[]).push(shownAccount);
    else accounts.set(name, [shownAccount]);
  }
  return definitions.map(({ name, displayName, description, iconUrl, url, transport }) => {
    const own = accounts.get(name) ?? [];
    const status = own.length === 0 ? 'not_connected' : (own[0] as (typeof own)[number]).status;
    return { name, displayName, description, iconUrl, url, transport, status, accounts: own };
  });
}

function decrypt(ciphertext: string, additionalData: string, key: KeyObject): string {
  const [, , nonce = '', text = ''] = ciphertext.split('.');
  const sealed = Buffer.from(text, 'base64url');
  const options = { authTagLength: TAG_BYTES };
  const decipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), options);
  decipher.setAAD(Buffer.from(additionalData)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return decipher.update(sealed.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}
