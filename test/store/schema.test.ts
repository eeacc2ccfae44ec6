import { describe, expect, it } from 'vitest';
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
