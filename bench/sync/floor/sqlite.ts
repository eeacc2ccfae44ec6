/** SQLite at its fastest: prepared statements, run in a loop inside one transaction. */
import Database from 'better-sqlite3';
import type { FloorDatabase, StoredRow } from './floor';
import { compared, read, written } from './floor';

export function openSqlite(file: string): FloorDatabase {
  const database = new Database(file);
  const select = database.prepare(`SELECT ${read.join(', ')} FROM connection_configs`).raw();
  const insertOne = database.prepare(
    `INSERT INTO connection_configs (${written.join(', ')}) VALUES (${written.map(() => '?').join(', ')})`,
  );
  const assignments = [...compared, 'updated_at'].map((column) => `${column} = ?`);
  const updateOne = database.prepare(
    `UPDATE connection_configs SET ${assignments.join(', ')} WHERE name = ?`,
  );
  return {
    select: () => select.all() as StoredRow[],
    async write(insert, update, at) {
      database.transaction(() => {
        for (const row of insert) insertOne.run(...row);
        for (const [name, ...values] of update) updateOne.run(...values, at, name);
      })();
    },
    close: () => void database.close(),
  };
}
