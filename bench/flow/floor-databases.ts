/** The three statements of a flow that any program needs, prepared, on a pooled connection of a raw driver. */
import Database from 'better-sqlite3';
import type { RowDataPacket } from 'mysql2/promise';
import { createPool } from 'mysql2/promise';
import { Pool } from 'pg';
import type { EngineName } from '../engines';

const stateColumns = [
  'state',
  'user_id',
  'connection_name',
  'account',
  'code_verifier',
  'redirect_uri',
  'issuer',
  'origin_host',
  'return_to',
  'requested_scopes',
  'config_fingerprint',
  'browser_binding',
  'created_at',
  'expires_at',
] as const;

const tokenColumns = [
  'id',
  'user_id',
  'connection_name',
  'account',
  'access_token_encrypted',
  'refresh_token_encrypted',
  'token_type',
  'expires_at',
  'scopes',
  'provider_metadata',
  'generation',
  'claimed_generation',
  'lease_expires_at',
  'status',
  'status_reason',
  'doubt',
  'refused_since',
  'failing_since',
  'rejected_generation',
  'rejected_at',
  'issuer',
  'config_fingerprint',
  'grant_id',
  'granted_at',
  'created_at',
  'updated_at',
] as const;

/** Of these an earlier row keeps its own, or counts on. */
const kept: ReadonlySet<string> = new Set([
  'id',
  'user_id',
  'connection_name',
  'account',
  'generation',
  'claimed_generation',
  'created_at',
]);

type Value = string | number | null;
type Row<Column extends string> = Readonly<Record<Column, Value>>;
type StateRow = Row<(typeof stateColumns)[number]>;
type ScopesRow = { readonly scopes: string };
type TokenRow = Row<(typeof tokenColumns)[number]>;

export interface FloorDatabase {
  /** Of the account, separated by spaces; nothing where it has none. */
  readScopes(...account: string[]): Promise<string | undefined> | string | undefined;
  insertState(row: StateRow): Promise<unknown> | void;
  /** @returns nothing where there is none of that user that lives */
  takeState(state: string, userId: string, now: string): Promise<StateRow | undefined> | StateRow | undefined;
  /** Over an earlier row of the same key. */
  putTokens(row: TokenRow): Promise<unknown> | void;
  close(): Promise<void>;
}

/** As many connections as TypeORM's pools have. */
const POOL_SIZE = 10;

function texts(placeholder: (position: number) => string, onTaken: string, given: (name: string) => string) {
  const insert = (table: string, columns: readonly string[]) =>
    `INSERT INTO ${table} (${columns.join(', ')}) ` +
    `VALUES (${columns.map((_, index) => placeholder(index + 1)).join(', ')})`;
  const assignments = [
    'generation = user_connection_tokens.claimed_generation + 1',
    'claimed_generation = user_connection_tokens.claimed_generation + 1',
    ...tokenColumns.filter((name) => !kept.has(name)).map((name) => `${name} = ${given(name)}`),
  ];
  return {
    readScopes:
      `SELECT scopes FROM user_connection_tokens WHERE user_id = ${placeholder(1)} AND connection_name = ${placeholder(2)} ` +
      `AND account = ${placeholder(3)}`,
    insertState: insert('connection_oauth_states', stateColumns),
    takeState:
      `DELETE FROM connection_oauth_states WHERE state = ${placeholder(1)} AND user_id = ${placeholder(2)} ` +
      `AND expires_at > ${placeholder(3)} RETURNING ${stateColumns.join(', ')}`,
    putTokens: `${insert('user_connection_tokens', tokenColumns)} ${onTaken} ${assignments.join(', ')}`,
  };
}

function valuesOf<Column extends string>(columns: readonly Column[], row: Row<Column>): Value[] {
  return columns.map((name) => row[name]);
}

const onConflict = 'ON CONFLICT (user_id, connection_name, account) DO UPDATE SET';
const excluded = (name: string) => `excluded.${name}`;

export const openFloorDatabase: Readonly<Record<EngineName, (address: string) => FloorDatabase>> = {
  sqlite(file) {
    const database = new Database(file);
    const sql = texts(() => '?', onConflict, excluded);
    const readScopes = database.prepare<string[], ScopesRow>(sql.readScopes);
    const insertState = database.prepare(sql.insertState);
    const takeState = database.prepare<string[], StateRow>(sql.takeState);
    const putTokens = database.prepare(sql.putTokens);
    return {
      readScopes: (...account) => readScopes.all(...account)[0]?.scopes,
      insertState: (row) => void insertState.run(valuesOf(stateColumns, row)),
      takeState: (...key) => takeState.all(...key)[0],
      putTokens: (row) => void putTokens.run(valuesOf(tokenColumns, row)),
      close: async () => void database.close(),
    };
  },

  postgres(url) {
    const pool = new Pool({ connectionString: url, max: POOL_SIZE });
    const sql = texts((position) => `$${position}`, onConflict, excluded);
    const send = (name: keyof typeof sql, values: Value[]) =>
      pool.query<StateRow & ScopesRow>({ name, text: sql[name], values });
    return {
      readScopes: async (...account) => (await send('readScopes', account)).rows[0]?.scopes,
      insertState: (row) => send('insertState', valuesOf(stateColumns, row)),
      takeState: async (...key) => (await send('takeState', key)).rows[0],
      putTokens: (row) => send('putTokens', valuesOf(tokenColumns, row)),
      close: () => pool.end(),
    };
  },

  mariadb(url) {
    const pool = createPool({ uri: url, connectionLimit: POOL_SIZE });
    const given = (name: string) => `VALUES(${name})`;
    const sql = texts(() => '?', 'ON DUPLICATE KEY UPDATE', given);
    const send = (name: keyof typeof sql, values: Value[]) =>
      pool.execute<RowDataPacket[]>(sql[name], values);
    return {
      readScopes: async (...account) =>
        (await send('readScopes', account))[0][0]?.['scopes'] as string | undefined,
      insertState: (row) => send('insertState', valuesOf(stateColumns, row)),
      takeState: async (...key) => (await send('takeState', key))[0][0] as StateRow | undefined,
      putTokens: (row) => send('putTokens', valuesOf(tokenColumns, row)),
      close: () => pool.end(),
    };
  },
};
