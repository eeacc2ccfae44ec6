/** A SQLite file in a folder of its own. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { TypeormPackage } from '../bundle';
import type { FaultDatabase, Row } from './database';
import { linesOf } from './database';

const SHAPE = `
  SELECT t.name || ' column ' || c.name || ' ' || c.type || ' null ' || (1 - c."notnull") || ' default ' ||
    coalesce(c.dflt_value, '') || ' key ' || c.pk AS line
  FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'
  UNION ALL
  SELECT t.name || ' index ' || CASE i.origin WHEN 'c' THEN i.name ELSE i.origin END || ' unique ' || i."unique" || ' ' ||
    (SELECT group_concat(name) FROM pragma_index_info(i.name))
  FROM sqlite_master t JOIN pragma_index_list(t.name) i WHERE t.type = 'table'
  UNION ALL
  SELECT t.name || ' foreign key ' || f."from" || ' to ' || f."table" || ' on delete ' || f.on_delete
  FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f WHERE t.type = 'table'
  ORDER BY 1`;

export async function makeSqlite(name: string, typeorm: TypeormPackage): Promise<FaultDatabase> {
  const folder = await mkdtemp(join(tmpdir(), `${name}-`));
  const database = join(folder, 'test.sqlite');
  const type = typeorm === 'typeorm-0.3' ? 'sqlite' : 'better-sqlite3';

  /** Opened for each use: an open handle would keep locks that a real operator's shell does not. */
  const using = <Result>(work: (file: Database.Database) => Result): Result => {
    const file = new Database(database);
    try {
      return work(file);
    } finally {
      file.close();
    }
  };
  const select = (sql: string) => using((file) => file.prepare(sql).all() as Row[]);

  return {
    engine: 'sqlite',
    connection: { type, database },
    async send(sql) {
      if (/^\s*(SELECT|PRAGMA)\b/i.test(sql)) return select(sql);
      using((file) => file.exec(sql));
      return [];
    },
    shape: async () => linesOf(select(SHAPE)),
    async hold(...statements) {
      const file = new Database(database);
      for (const sql of statements) file.exec(sql);
      return async () => void file.close();
    },
    role: async () => null,
    drop: () => rm(folder, { recursive: true, force: true }),
  };
}
