import { describe, expect, it } from 'vitest';
import { describeFound } from '../../src/config/fault';

describe('describeFound', () => {
  it.each<[unknown, string, string, string, string]>([
    ['abc', '"abc"', 'a text of 3 characters', 'a text of 3 characters', 'a text'],
    ['a', '"a"', 'a text of 1 character', 'a text of 1 character', 'a text'],
    ['', 'an empty text', 'an empty text', 'an empty text', 'a text'],
    [12, '12', 'a number', 'a number', 'a number'],
    [true, 'true', 'a boolean', 'a boolean', 'a boolean'],
    [null, 'null', 'null', 'null', 'null'],
    [undefined, 'nothing', 'nothing', 'nothing', 'nothing'],
    [[1, 2], 'a list of 2 items', 'a list of 2 items', 'a list of 2 items', 'a list'],
    [{ a: 1 }, 'an object', 'an object', 'an object', 'an object'],
    [new Map(), ...Array.from({ length: 4 }, () => 'an object of a class')] as never,
    [1n, 'a bigint', 'a bigint', 'a bigint', 'a bigint'],
    ['a\u0007"', '"a\\u0007\\""', 'a text of 3 characters', 'a text of 3 characters', 'a text'],
  ])('of value %# as value, address, shape, kind', (found, value, address, shape, kind) => {
    const all = (['value', 'address', 'shape', 'kind'] as const).map((how) => describeFound(found, how));
    expect(all).toEqual([value, address, shape, kind]);
  });

  it.each([
    ['ftp://host/path?token=t#f', '"ftp://host"'],
    ['ftp://host:21', '"ftp://host:21"'],
    ['gopher://[::1]:70/hunter2', '"gopher://[::1]:70"'],
    ['${BASE}/path?token=t', '"${BASE}"'],
    ['${BASE:-https://host/hunter2}/path', '"${BASE}"'],
    ['ftp://user:pass@host/', 'a text of 21 characters'],
    ['ftp://user:hunter2/', 'a text of 19 characters'],
    ['ftp://hunter2 and more', 'a text of 22 characters'],
    ['ftp://host\\hunter2', 'a text of 18 characters'],
    ['ftp://${HOST}/hunter2', 'a text of 21 characters'],
    ['https://host/?next=user:pass@host', 'a text of 33 characters'],
    ['javascript:alert(1)', 'a text of 19 characters'],
    ['hunter2', 'a text of 7 characters'],
  ])('of the address %j is %s', (text, shown) => {
    expect(describeFound(text, 'address')).toBe(shown);
  });

  it('shows no more of an address that stands where a word should', () => {
    expect(describeFound('https://host/hunter2', 'value')).toBe('"https://host"');
    expect(describeFound('user:hunter2://', 'value')).toBe('a text of 15 characters');
  });
});
