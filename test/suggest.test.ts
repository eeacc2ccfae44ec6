import { describe, expect, it } from 'vitest';
import { isSlipOf, suggester } from '../src/suggest';

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

describe('isSlipOf', () => {
  it.each(['enabled', 'ENABLED', 'enabeld', 'nabled', 'enabledd', 'enablex', 'neabled', 'enabld', 'enbaled'])(
    'is true of a letter more, less or changed, or two swapped: %s',
    (word) => {
      expect(isSlipOf('enabled', word)).toBe(true);
    },
  );

  it.each(['', 'tabled', 'unlabeled', 'enabledAt', 'eanbeld', 'disabled', 'enabled'.repeat(10)])(
    'is false of %j',
    (word) => {
      expect(isSlipOf('enabled', word)).toBe(false);
    },
  );
});
