import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/config/definition';
import { capture } from '../../src/oauth/capture';

const nested = (levels: number, inner: JsonValue): JsonValue =>
  levels === 0 ? inner : { a: nested(levels - 1, inner) };
const bytesOf = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('What is captured', () => {
  it('has 20 levels at most; what is deeper is left out', () => {
    expect(capture({ x: nested(20, 1) }, ['x'])).toEqual({ x: nested(20, 1) });
    expect(capture({ x: nested(21, 1) }, ['x'])).toEqual({ x: nested(19, {}) });
    const list = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000)) as JsonValue;
    const left = JSON.parse('['.repeat(20) + ']'.repeat(20)) as JsonValue;
    expect(capture({ x: [1, list] }, ['x'])).toEqual({ x: [1, (left as JsonValue[])[0]] });
  });

  it('has 60,000 bytes at most; a field with which it would have more is left out', () => {
    const fields = { a: 'é'.repeat(20_000), b: 'x'.repeat(30_000), c: '\u0001'.repeat(2_000), d: 1 };
    const found = capture(fields, ['a', 'b', 'c', 'd']);
    expect(Object.keys(found ?? {})).toEqual(['a', 'c', 'd']);
    expect(bytesOf(found)).toBeLessThanOrEqual(60_000);
    expect(capture({ a: 'x'.repeat(60_000) }, ['a'])).toBeUndefined();
  });

  it('is found at a place of a list', () => {
    const body = { teams: [{ id: 1 }, { id: 2 }] };
    expect(capture(body, ['teams.1.id', 'teams.2.id', 'teams.-1.id', 'teams.__proto__', 'teams.at'])).toEqual(
      {
        'teams.1.id': 2,
      },
    );
  });

  it('changes no prototype, here or in a host that merges it', () => {
    const body = JSON.parse(
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},' +
        '"x":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"y":[{"__proto__":{"polluted":1}}]}}',
    ) as JsonObject;
    const paths = [
      '__proto__',
      'constructor',
      'constructor.prototype',
      '__proto__.polluted',
      'x',
      'x.__proto__',
      'toString',
    ];
    const found = capture(body, paths);
    expect(JSON.stringify(found?.['x'])).toBe('{"y":[{}]}');
    expect(found && Object.hasOwn(found, '__proto__')).toBe(false);
    expect(Object.assign({}, found, found?.['x'])).not.toHaveProperty('polluted');
    expect({}).not.toHaveProperty('polluted');
    expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
  });

  it('has no field that the answer does not have itself', () => {
    expect(capture({ x: 1 }, ['toString', 'x.toString', 'hasOwnProperty'])).toBeUndefined();
    expect(capture({ x: 1 })).toBeUndefined();
  });
});
