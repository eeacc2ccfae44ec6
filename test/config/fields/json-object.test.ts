import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fault } from '../../../src/config/fault';
import { readJsonObject } from '../../../src/config/fields/json-object';

const stored = { environment: {}, stored: true };

function nested(levels: number): unknown {
  let value: unknown = {};
  for (let level = 1; level < levels; level += 1) {
    value = { a: value };
  }
  return value;
}

function texts(length: number): Record<string, unknown> {
  return { a: ['é'.repeat(15_000), 'é'.repeat(length)] };
}

describe('readJsonObject', () => {
  it('copies any JSON object so that it equals its own stored text', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 5 })), (object) => {
        const copy = readJsonObject(object, { environment: {}, stored: false });
        fc.pre(!(copy instanceof Fault));
        expect(copy).toStrictEqual(JSON.parse(JSON.stringify(copy)));
        expect(copy).not.toBe(object);
      }),
    );
  });

  it('leaves out what is undefined and writes -0 as 0', () => {
    expect(readJsonObject({ a: undefined, b: -0 }, stored)).toStrictEqual({ b: 0 });
  });

  it('takes 32 levels and not 33', () => {
    expect(readJsonObject(nested(32), stored)).toEqual(nested(32));
    const refused = readJsonObject(nested(33), stored) as Fault;
    expect([refused.code, refused.message, refused.at.length]).toEqual([
      'too_large',
      'found more than 32 levels of nesting; at most 32 are allowed',
      32,
    ]);
  });

  it('refuses a circle, and a tree whose branches are all the same object', () => {
    const circle: Record<string, unknown> = {};
    circle['a'] = circle;
    let tree: unknown = { leaf: 1 };
    for (let level = 0; level < 28; level += 1) {
      tree = { a: tree, b: tree, c: [tree, tree] };
    }
    expect(readJsonObject(circle, stored)).toMatchObject({ code: 'too_large' });
    expect(readJsonObject(tree, stored)).toMatchObject({ code: 'too_large' });
  });

  it.each<[Record<string, unknown>, string, (string | number)[]]>([
    [{ a: { b: ['x', 'y\0'] } }, 'invalid_text', ['a', 'b', 1]],
    [{ a: { '\ud800': 1 } }, 'invalid_text', ['a', '\ud800']],
    [{ a: [{ api_key: 'x' }] }, 'secret_in_table_field', ['a', 0, 'api_key']],
    [{ a: Infinity }, 'invalid_type', ['a']],
    [{ a: 1n }, 'invalid_type', ['a']],
    [{ a: new Date(0) }, 'invalid_type', ['a']],
    [{ a: () => 1 }, 'invalid_type', ['a']],
    [{ a: [undefined] }, 'invalid_type', ['a', 0]],
    [{ a: 'x'.repeat(16_001) }, 'too_large', ['a']],
    [{ a: '${NONE}' }, 'missing_variable', ['a']],
    [
      JSON.parse('{"a":{"__proto__":{"polluted":1}}}') as Record<string, unknown>,
      'invalid_value',
      ['a', '__proto__'],
    ],
  ])('%# says what is wrong and where inside', (object, code, at) => {
    expect(readJsonObject(object, stored)).toMatchObject({ code, at });
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it('counts its 60,000 bytes as UTF-8', () => {
    expect(readJsonObject(texts(14_900), stored)).toEqual(texts(14_900));
    expect(readJsonObject(texts(15_000), stored)).toMatchObject({ code: 'too_large' });
    expect(readJsonObject({ a: Object.assign([], { length: 1_000_000_000 }) }, stored)).toMatchObject({
      code: 'invalid_type',
    });
  });
});
