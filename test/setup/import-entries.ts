/** Entries for an import, each of one user. */
import type { ImportEntry } from '../../src/connections/accounts/import-entries';

export const entryOf = (userId: string, changes: Partial<ImportEntry> = {}): ImportEntry => ({
  userId,
  connectionName: 'atlassian',
  accessToken: `at-${userId}`,
  ...changes,
});

export const entriesOf = (count: number): ImportEntry[] =>
  Array.from({ length: count }, (_, index) => entryOf(`user-${index}`));
