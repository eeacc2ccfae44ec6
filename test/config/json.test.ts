import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readJson } from '../../src/config/json';

function read(text: string): { value: unknown; duplicates: unknown } {
  const reading = readJson(text);
  if (!reading.ok) {
    throw new Error(reading.message);
  }
  return { value: reading.value, duplicates: reading.duplicates };
}

function refusal(text: string): { code: string; message: string } {
  const reading = readJson(text);
  if (reading.ok) {
    throw new Error('was read');
  }
  return { code: reading.code, message: reading.message };
}

describe('what JSON.parse reads', () => {
  it('is read to the same value', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        expect(read(text).value).toStrictEqual(JSON.parse(text));
      }),
    );
  });

  it('is read with indentation too', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(read(JSON.stringify(value, null, 2)).value).toStrictEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

it('allows comments, trailing commas and a byte order mark', () => {
  expect(read('\uFEFF// one\n{ "a": [1, 2,], /* two */ "b": {"c": null,}, }\n// three')).toEqual({
    value: { a: [1, 2], b: { c: null } },
    duplicates: [],
  });
});

it.each(['', ' \n', '// nothing', '\uFEFF'])('reads %j as no value', (text) => {
  expect(read(text)).toEqual({ value: undefined, duplicates: [] });
});

it('keeps __proto__ as a key and changes no prototype', () => {
  const { value } = read(
    '{"__proto__": {"polluted": 1}, "a": {"__proto__": 2}, "constructor": {"prototype": 3}}',
  );
  expect(Object.keys(value as object)).toEqual(['__proto__', 'a', 'constructor']);
  expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

it('lists the keys that an object has twice, once each, and takes the last', () => {
  expect(
    read('{"s":{"a":1,"b":{"x":1,"x":2},"a":2,"a":3},"l":[{},{"y":1,"y":2}],"__proto__":1,"__proto__":2}'),
  ).toEqual({
    value: JSON.parse('{"s":{"a":3,"b":{"x":2}},"l":[{},{"y":2}],"__proto__":2}') as unknown,
    duplicates: [['s', 'b', 'x'], ['s', 'a'], ['l', 1, 'y'], ['__proto__']],
  });
});

it.each([
  ['{"a": tru}', 'line 1, column 7 (invalid symbol)'],
  ['{\n  "a": 1\n  "b": 2}', 'line 3, column 3 (comma expected)'],
  ['{"a": "hunter2', 'line 1, column 7 (unexpected end of string)'],
  ['{"a": 01}', 'line 1, column 8 (comma expected)'],
  ['{"a": 1} hunter2', 'line 1, column 10 (invalid symbol)'],
  ['[1,,2]', 'line 1, column 4 (value expected)'],
  ['{"a": "\\x"}', 'line 1, column 7 (invalid escape character)'],
  ['{"a": "\u0001"}', 'line 1, column 7 (invalid character)'],
  ["{'hunter2': 1}", 'line 1, column 2 (invalid symbol)'],
  ['{"a"', 'line 1, column 5 (colon expected)'],
  ['{"a": 1', 'line 1, column 8 (close brace expected)'],
])('says of %j where it is wrong and quotes nothing of it', (text, where) => {
  expect(refusal(text)).toEqual({
    code: 'invalid_json',
    message: `found an error at ${where}; it must be JSON, where comments and trailing commas are allowed`,
  });
});

it.each(['[', '{"a":', '[{"a":'])('refuses hostile nesting of %j', (open) => {
  expect(refusal(open.repeat(100_000)).code).toBe('too_large');
});

it('reads 250 levels of nesting', () => {
  expect(read(`${'['.repeat(250)}${']'.repeat(250)}`).duplicates).toEqual([]);
});

it('refuses a text over 64 MiB, counted in bytes of UTF-8', () => {
  const expected = { code: 'too_large', message: 'found a text over 64 MiB; at most 64 MiB are read' };
  expect(refusal('"'.padEnd(64 * 1024 * 1024 + 1))).toEqual(expected);
  expect(refusal(`"${'é'.repeat(32 * 1024 * 1024)}"`)).toEqual(expected);
});

it('never throws, whatever the text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...'{}[]",:/*\\u0é\n ') })),
      (text) => {
        expect(typeof readJson(text).ok).toBe('boolean');
      },
    ),
    { numRuns: 300 },
  );
});
