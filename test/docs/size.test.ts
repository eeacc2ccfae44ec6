import { describe, expect, it } from 'vitest';
import { allDocuments, textOf } from './documents';

const MAX_TABLE_ROW = 100;

describe('README.md', () => {
  it('has fewer than 900 words', () => {
    const words = textOf('README.md').split(/\s+/).filter(Boolean);
    expect(words.length).toBeLessThan(900);
  });
});

describe.each(allDocuments)('%s', (document) => {
  it('has no table that is too wide to read', () => {
    const rows = textOf(document)
      .split('\n')
      .filter((line) => line.startsWith('|'));
    expect(rows.filter((row) => row.length > MAX_TABLE_ROW)).toEqual([]);
  });
});
