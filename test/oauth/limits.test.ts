import { describe, expect, it } from 'vitest';
import { boundedScopes } from '../../src/oauth/limits';

describe('boundedScopes', () => {
  it('leaves out what is no scope', () => {
    const scopes = ['read', '', 'a b', 'a\r\nb', 'a"b', 'a\\b', 'é', '\u007f', "https://x/a.b?c=1&d='!'"];
    expect(boundedScopes(scopes)).toEqual(['read', "https://x/a.b?c=1&d='!'"]);
  });

  it.each<[string, string[]]>([
    ['there are none', []],
    ['none is valid', ['a b', 'é']],
    ['there are more than 100', Array.from({ length: 101 }, (_, index) => `s${index}`)],
    ['they have more than 4,000 characters in all', ['x'.repeat(2_000), 'y'.repeat(2_000)]],
  ])('gives null when %s', (_what, scopes) => {
    expect(boundedScopes(scopes)).toBeNull();
  });

  it('keeps as many as are allowed', () => {
    const most = Array.from({ length: 100 }, (_, index) => `s${index}`);
    expect(boundedScopes(most)).toEqual(most);
    expect(boundedScopes(['x'.repeat(2_000), 'y'.repeat(1_999)])).toHaveLength(2);
  });
});
