/** What a text becomes where the driver writes values into the statement, whatever the SQL mode of the session. */
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { sendWithoutEscapes, withoutEscapes } from '../../src/database/mysql/client';
import { MysqlSession } from '../../src/database/mysql/session';
import type { Statement } from '../../src/database/statement';
import { atEndOfTests } from '../setup/at-end';
import { testDatabase } from '../setup/database';
import { isMysql } from '../setup/mysql-version';

describe('A statement that the driver completes', () => {
  it('keeps its placeholders when no value would be escaped', () => {
    const statement = { sql: 'SELECT ?, ?, ?, ?', parameters: ['ada@example.test', 'ä 🙂', 7, null] };
    expect(withoutEscapes(statement)).toEqual(statement);
    expect(withoutEscapes({ sql: 'SELECT 1' })).toEqual({ sql: 'SELECT 1', parameters: [] });
  });

  it('has those that would be escaped as hexadecimal literals, each in its place', () => {
    const parameters = ['plain', "it's", 1, '\\', null, '"', '?'];
    expect(withoutEscapes({ sql: 'SELECT ?, ?, ?, ?, ?, ?, ?', parameters })).toEqual({
      sql: "SELECT ?, _utf8mb4 X'69742773', ?, _utf8mb4 X'5c', ?, _utf8mb4 X'22', ?",
      parameters: ['plain', 1, null, '?'],
    });
  });
});

describe.each(inject('engines').filter((engine) => engine === 'mariadb'))('A text on %s', () => {
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  beforeAll(async () => {
    const database = await testDatabase('mariadb', atEnd);
    dataSource = await database.connect({ poolSize: 1 });
  });

  const sent = async (statement: Statement) => {
    const queryRunner = dataSource.createQueryRunner();
    const { rows } = await sendWithoutEscapes(queryRunner, statement);
    await queryRunner.release();
    return rows;
  };

  const modes = ['', 'NO_BACKSLASH_ESCAPES', 'NO_BACKSLASH_ESCAPES,ANSI_QUOTES'];

  it.each(modes)('arrives as it was, in the SQL mode %j', async (mode) => {
    await dataSource.query(`SET SESSION sql_mode = '${mode}'`);
    const sql = 'SELECT ? AS one, ? AS other';
    const ascii = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).join('');
    const text = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom("'", '\\', '"', '?', ')', '-', ' ', '%', '\n', '\0', 'ä') }),
    );
    const arrives = async (one: string, other: string) => {
      const parameters = [one, other];
      expect(await new MysqlSession(dataSource, { timeoutMs: 5000 }).read({ sql, parameters })).toEqual([
        parameters,
      ]);
      expect(await sent({ sql, parameters })).toEqual([parameters]);
    };
    await arrives(ascii, "') OR 1 -- ");
    await fc.assert(fc.asyncProperty(text, text, arrives), { numRuns: 200 });
  });

  it('that is a literal finds its row by the index of the column, like any other', async ({ skip }) => {
    const isOther = await isMysql('mariadb', (sql) => dataSource.query(sql));
    skip(isOther, 'MySQL has neither the collation nor the numbers');
    const columns = ['utf8mb4 COLLATE utf8mb4_nopad_bin', 'utf8mb4', 'utf8mb3', 'latin1'].map(
      (charset, index) => `c${index} varchar(99) CHARACTER SET ${charset}, KEY (c${index})`,
    );
    await dataSource.query(`CREATE TABLE things (id int PRIMARY KEY, ${columns.join(', ')})`);
    await dataSource.query(
      'INSERT INTO things SELECT seq, seq, seq, seq, seq FROM seq_1_to_1000 UNION SELECT 0, 0x2A27, 0x2A27, 0x2A27, 0x2A27',
    );
    for (const column of ['c0', 'c1', 'c2', 'c3']) {
      const where = { sql: `SELECT id FROM things WHERE ${column} = ?`, parameters: ["*'"] };
      expect(await sent(where)).toEqual([[0]]);
      const [plan = []] = await sent({ ...where, sql: `EXPLAIN ${where.sql}` });
      expect(plan).toEqual(expect.arrayContaining([column, 'ref']));
    }
  });
});
