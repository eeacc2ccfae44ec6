import { describe, expect, it } from 'vitest';
import { ConnectionsError, describeError, quote } from '../src/errors';

describe('ConnectionsError', () => {
  it('carries a code, a message and the evidence', () => {
    const cause = new Error('evidence');
    const error = new ConnectionsError('tables_missing', 'what to do', { cause });
    expect([error.name, error.code, error.message, error.cause]).toEqual([
      'ConnectionsError',
      'tables_missing',
      'what to do',
      cause,
    ]);
    expect(error).toBeInstanceOf(Error);
  });
});

describe('quote', () => {
  it.each([
    ['plain', '"plain"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['two\nlines\u001b[31m', '"two\\u000alines\\u001b[31m"'],
    ['\ud800', '"\\ud800"'],
    ['\u202eright', '"\\u202eright"'],
    ['x'.repeat(100), `"${'x'.repeat(80)}…"`],
  ])('makes %j safe to show', (text, shown) => {
    expect(quote(text)).toBe(shown);
  });
});

describe('describeError', () => {
  it('gives one bounded line of anything thrown', () => {
    expect([describeError(new Error('a\nb')), describeError('text'), describeError(undefined)]).toEqual([
      'a\\u000ab',
      'text',
      'undefined',
    ]);
    expect(describeError(new Error('x'.repeat(1000)))).toHaveLength(301);
  });
});
