import { expect, it } from 'vitest';
import { lifetimeOf } from '../../src/tokens/due';
import type { StoredToken } from '../../src/tokens/token-row';

const saved = {
  expiresAt: '2026-01-31T13:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  generation: 1,
  grantedAt: '2026-01-31T12:00:00.000Z',
} as StoredToken;

it.each<[string, Partial<StoredToken>, number | null]>([
  ['is the time between its save and its expiry', {}, 3_600_000],
  ['is rounded up to half a minute', { updatedAt: '2026-01-31T12:00:00.300Z' }, 3_600_000],
  [
    'is five minutes at least for one that was imported',
    { updatedAt: '2026-01-31T12:59:00.000Z', grantedAt: null },
    300_000,
  ],
  [
    'is what it is for one that came from a refresh since',
    { updatedAt: '2026-01-31T12:59:00.000Z', grantedAt: null, generation: 2 },
    60_000,
  ],
  ['is not known of one that does not expire', { expiresAt: null }, null],
  ['is not known of one that another program has saved', { generation: 0 }, null],
  ['is not known of one that had expired when it was saved', { updatedAt: '2026-01-31T14:00:00.000Z' }, null],
])('The lifetime of a token %s', (_what, changes, lifetime) => {
  expect(lifetimeOf({ ...saved, ...changes })).toBe(lifetime);
});
