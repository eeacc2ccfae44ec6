/** A raw driver for each engine, as far as floors, fillings and probes need one. A `?` stands for a value. */
import Database from 'better-sqlite3';
import type { ResultSetHeader } from 'mysql2/promise';
import { createConnection } from 'mysql2/promise';
import { Pool } from 'pg';
import type { EngineName } from '../engines';

type Value = string | number | null;
export type Row = readonly Value[];

export interface Raw {
  /** Prepared at its first use. */
  rows(sql: string, values?: Row): Promise<readonly Value[][]>;
  /** Prepared at its first use; a transaction of its own. */
  change(sql: string, values?: Row): Promise<void>;
  /** Not prepared; for what changes tables. */
  send(sql: string): Promise<void>;
  /** In one transaction. */
  insert(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /**
   * Writes texts into a page of tokens by id, in one transaction, where a row has the access token that was read and no lease.
   * @param rows the id, the access token as read, and a value for each column
   * @returns how many
   */
  rewrite(columns: readonly string[], rows: readonly Row[]): Promise<number>;
  /** What a server would do after many changes, perhaps while something is timed. */
  tidy(table: string): Promise<void>;
  close(): Promise<void>;
}

const TOKENS = 'user_connection_tokens';
const asRead = 'access_token_encrypted = seen AND lease_expires_at IS NULL';
/** Rows of a statement that is sent as text. */
const ROWS = 1000;
/** How long SQLite waits for another program, which may be adopting a large table. */
const BUSY_MS = 600_000;

const list = (count: number, text = '?') => Array.from({ length: count }, () => text).join(', ');

export const openRaw: Readonly<Record<EngineName, (address: string) => Promise<Raw>>> = {
  async sqlite(file) {
    const database = new Database(file, { timeout: BUSY_MS });
    const known = new Map<string, Database.Statement<unknown[], Value[]>>();
    const prepared = (sql: string) => {
      const statement = known.get(sql) ?? database.prepare<unknown[], Value[]>(sql);
      known.set(sql, statement);
      return statement;
    };
    return {
      rows: async (sql, values = []) =>
        prepared(sql)
          .raw()
          .all(...values),
      change: async (sql, values = []) => void prepared(sql).run(...values),
      send: async (sql) => void database.exec(sql),
      insert: async (table, columns, rows) => {
        const one = prepared(`INSERT INTO ${table} (${columns.join(', ')}) VALUES (${list(columns.length)})`);
        database.transaction(() => {
          for (const row of rows) one.run(...row);
        })();
      },
      rewrite: async (columns, rows) => {
        const set = columns.map((name) => `${name} = ?`).join(', ');
        const one = prepared(`UPDATE ${TOKENS} SET ${set} WHERE id = ? AND ${asRead.replace('seen', '?')}`);
        return database
          .transaction(() => {
            let changed = 0;
            for (const [id, seen, ...values] of rows) changed += one.run(...values, id, seen).changes;
            return changed;
          })
          .immediate();
      },
      tidy: async () => undefined,
      close: async () => void database.close(),
    };
  },

  async postgres(url) {
    // Of one connection, for which many lanes wait in turn.
    const client = new Pool({ connectionString: url, max: 1, idleTimeoutMillis: 0 });
    const known = new Map<string, { name: string; text: string }>();
    const prepared = (sql: string) => {
      let position = 0;
      const text = () => sql.replaceAll('?', () => `$${(position += 1)}`);
      const statement = known.get(sql) ?? { name: `s${known.size}`, text: text() };
      known.set(sql, statement);
      return statement;
    };
    const arrays = (rows: readonly Row[], count: number) =>
      Array.from({ length: count }, (_, column) => rows.map((row) => row[column] ?? null));
    return {
      async rows(sql, values = []) {
        const query = { ...prepared(sql), values: [...values], rowMode: 'array' as const };
        return (await client.query<Value[]>(query)).rows;
      },
      change: async (sql, values = []) =>
        void (await client.query({ ...prepared(sql), values: [...values] })),
      send: async (sql) => void (await client.query(sql)),
      async insert(table, columns, rows) {
        const from = list(columns.length, '?::text[]');
        const sql = `INSERT INTO ${table} (${columns.join(', ')}) SELECT * FROM unnest(${from})`;
        await client.query({ ...prepared(sql), values: arrays(rows, columns.length) });
      },
      async rewrite(columns, rows) {
        const set = columns.map((name) => `${name} = n.${name}`).join(', ');
        const from = `unnest(${list(columns.length + 2, '?::text[]')}) n(id, seen, ${columns.join(', ')})`;
        const sql = `UPDATE ${TOKENS} t SET ${set} FROM ${from} WHERE t.id = n.id AND t.${asRead}`;
        const values = arrays(rows, columns.length + 2);
        return (await client.query({ ...prepared(sql), values })).rowCount ?? 0;
      },
      tidy: async (table) => void (await client.query(`VACUUM ANALYZE ${table}`)),
      close: () => client.end(),
    };
  },

  async mariadb(url) {
    const connection = await createConnection(url);
    return {
      async rows(sql, values = []) {
        const [rows] = await connection.execute({ sql, rowsAsArray: true }, [...values]);
        return rows as Value[][];
      },
      change: async (sql, values = []) => void (await connection.execute(sql, [...values])),
      send: async (sql) => void (await connection.query(sql)),
      async insert(table, columns, rows) {
        await connection.query('BEGIN');
        for (let start = 0; start < rows.length; start += ROWS) {
          const sql = `INSERT INTO ${table} (${columns.join(', ')}) VALUES ?`;
          await connection.query(sql, [rows.slice(start, start + ROWS)]);
        }
        await connection.query('COMMIT');
      },
      /** Of the ways to write a page at once, none was faster that sees whether a row is as it was read. */
      async rewrite(columns, rows) {
        const names = ['id', 'seen', ...columns];
        const first = `SELECT ${names.map((name) => `? AS ${name}`).join(', ')}`;
        const others = ` UNION ALL SELECT ${list(names.length)}`.repeat(rows.length - 1);
        const set = columns.map((name) => `t.${name} = n.${name}`).join(', ');
        const sql =
          `UPDATE (${first}${others}) n STRAIGHT_JOIN ${TOKENS} t ON t.id = n.id SET ${set} ` +
          `WHERE t.${asRead}`;
        const [{ affectedRows }] = await connection.query<ResultSetHeader>(sql, rows.flat());
        return affectedRows;
      },
      tidy: async (table) => void (await connection.query(`ANALYZE TABLE ${table}`)),
      close: () => connection.end(),
    };
  },
};
