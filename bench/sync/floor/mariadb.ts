/** MariaDB at its fastest: one VALUES list for new rows, one for changed ones. */
import { createConnection } from 'mysql2/promise';
import type { FloorDatabase, StoredRow } from './floor';
import { compared, read, written } from './floor';

const ROWS = 1000;

export async function openMariadb(url: string): Promise<FloorDatabase> {
  const connection = await createConnection(url);
  const assignments = [...compared, 'updated_at'].map((column) => `${column} = VALUES(${column})`).join(', ');
  const send = async (rows: readonly unknown[][], tail: string) => {
    for (let start = 0; start < rows.length; start += ROWS) {
      const sql = `INSERT INTO connection_configs (${written.join(', ')}) VALUES ? ${tail}`;
      await connection.query(sql, [rows.slice(start, start + ROWS)]);
    }
  };
  return {
    async select() {
      const sql = `SELECT ${read.join(', ')} FROM connection_configs`;
      const [rows] = await connection.query({ sql, rowsAsArray: true });
      return rows as StoredRow[];
    },
    async write(insert, update, at) {
      const isOne = insert.length + update.length <= ROWS && (insert.length === 0 || update.length === 0);
      if (!isOne) await connection.query('BEGIN');
      await send(insert, '');
      const updated = update.map((row) => [...row, '', 1, 'default', at, at]);
      await send(updated, `ON DUPLICATE KEY UPDATE ${assignments}`);
      if (!isOne) await connection.query('COMMIT');
    },
    close: () => connection.end(),
  };
}
