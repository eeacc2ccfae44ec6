import { describe, expect, it } from 'vitest';
import { suggester } from '../src/suggest';

const suggest = suggester(['url', 'token_url', 'client_id', 'scopes', 'description', 'x'.repeat(65)]);

describe('suggester', () => {
  it.each([
    ['tokenUrl', 'token_url'],
    ['TOKEN-URL', 'token_url'],
    ['token_uri', 'token_url'],
    ['scope', 'scopes'],
    ['ulr', undefined],
    ['urls', 'url'],
    ['descripton', 'description'],
    ['clientid', 'client_id'],
    ['timeout', undefined],
    ['', undefined],
    ['x'.repeat(64), undefined],
    ['x'.repeat(65), undefined],
  ])('for %j suggests %j', (word, expected) => {
    expect(suggest(word)).toBe(expected);
  });
});
