import { describe, expect, it } from 'vitest';
import type { RowBatch } from '../../src/database/dialect';
import { rowByRow, valuesLists } from '../../src/database/sql/batch';

const batch = (rows: readonly (readonly unknown[])[]): RowBatch => ({
  table: 't',
  columns: [
    { name: 'a', kind: 'text' },
    { name: 'b', kind: 'boolean' },
  ],
  rows,
  shared: { c: 'same' },
});
const sizes = (rows: readonly (readonly unknown[])[]) =>
  valuesLists(batch(rows), (name) => name, '').map(({ parameters = [] }) => parameters.length / 3);

describe('valuesLists', () => {
  it('writes one row a parenthesis, with booleans as 0 and 1 and what is the same in each', () => {
    expect(
      valuesLists(
        batch([
          ['x', true],
          [null, false],
        ]),
        (name) => `"${name}"`,
        ' TAIL',
      ),
    ).toEqual([
      {
        sql: 'INSERT INTO t ("a", "b", "c") VALUES (?, ?, ?), (?, ?, ?) TAIL',
        parameters: ['x', 1, 'same', null, 0, 'same'],
      },
    ]);
  });

  it('cuts at 500 rows', () => {
    expect(sizes(Array.from({ length: 1001 }, () => ['x', true]))).toEqual([500, 500, 1]);
  });

  it('cuts before a million characters, but never leaves a row out', () => {
    const long = 'x'.repeat(600_000);
    expect(
      sizes([
        [long, true],
        [long, true],
        ['x', true],
      ]),
    ).toEqual([1, 2]);
    expect(sizes([['x'.repeat(2_000_000), true]])).toEqual([1]);
  });

  it('gives nothing for no rows', () => {
    expect(sizes([])).toEqual([]);
  });
});

describe('rowByRow', () => {
  it('gives a statement for each row, all of one text', () => {
    const rows = [
      ['x', true],
      ['y', false],
    ];
    const sql = 'INSERT INTO t (a, b, c) VALUES (?, ?, ?) TAIL';
    expect([...rowByRow(batch(rows), (name) => name, ' TAIL')]).toEqual([
      { sql, parameters: ['x', 1, 'same'] },
      { sql, parameters: ['y', 0, 'same'] },
    ]);
  });

  it('gives nothing for no rows', () => {
    expect([...rowByRow(batch([]), (name) => name, '')]).toEqual([]);
  });
});
