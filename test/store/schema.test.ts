import { describe, expect, it } from 'vitest';
import { configSource } from '../../src/store/config-source';
import { ownMigrationSet } from '../../src/store/schema';

describe('ownMigrationSet', () => {
  it('keeps the history of a subclass in a table of its own', () => {
    expect(ownMigrationSet('billing', []).history).toBe('billing_migrations');
  });

  it.each(['', '1st', 'a b', 'x"; DROP TABLE users', 'a'.repeat(41), 'connection'])(
    'refuses the name %j',
    (name) => {
      expect(() => ownMigrationSet(name, [])).toThrow(
        expect.objectContaining({ code: 'option_invalid', message: expect.stringContaining('`name`') }),
      );
    },
  );
});

describe('configSource', () => {
  it('tells a place from a document', () => {
    const document = { mcpServers: {} };
    expect(
      [
        undefined,
        { value: document },
        { file: 'x' },
        { env: 'X' },
        document,
        '{}',
        { file: 'x', mcpServers: {} },
      ].map(configSource),
    ).toEqual([
      {},
      { value: document },
      { file: 'x' },
      { env: 'X' },
      { value: document },
      { value: '{}' },
      { value: { file: 'x', mcpServers: {} } },
    ]);
  });
});
