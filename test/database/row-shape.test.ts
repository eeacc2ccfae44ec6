import { describe, expect, it } from 'vitest';
import { conditionOr, count, flag, nullableText, RowShape, text } from '../../src/database/row-shape';

interface Thing {
  readonly id: string;
  readonly note: string | null;
  readonly size: number;
  readonly isOld: boolean;
}

const shape = new RowShape<Thing>({ id: text, note: nullableText, size: count, isOld: flag });

describe('RowShape', () => {
  it('makes the list of a SELECT, with conditions as 1 and 0', () => {
    const expression = conditionOr({ isOld: 't.age > 9' }, (property) => `t.${property}_`);
    expect(shape.list(expression, (name) => `"${name}"`)).toBe(
      't.id_ AS "id", t.note_ AS "note", t.size_ AS "size", CASE WHEN t.age > 9 THEN 1 ELSE 0 END AS "isOld"',
    );
  });

  it.each([
    [['a', null, '7', 1], { id: 'a', note: null, size: 7, isOld: true }],
    [['b', 'x', '7', '0'], { id: 'b', note: 'x', size: 7, isOld: false }],
    [['c', '', 0, false], { id: 'c', note: '', size: 0, isOld: false }],
    [['d', 'y', 1, true], { id: 'd', note: 'y', size: 1, isOld: true }],
  ])('reads %j, as drivers give it', (values, row) => {
    expect(shape.row(values)).toEqual(row);
  });

  it('gives each row its own object', () => {
    const [first, second] = [shape.row(['a', null, 1, 0]), shape.row(['b', null, 2, 1])];
    expect([first.id, second.id]).toEqual(['a', 'b']);
  });

  it('knows where the columns of a key are', () => {
    expect(shape.positions(['size', 'id'])).toEqual([2, 0]);
  });
});
