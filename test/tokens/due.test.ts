import { expect, it } from 'vitest';
import { lifetimeOf } from '../../src/tokens/due';
import type { ServedToken } from '../../src/tokens/token-row';

const saved = {
  expiresAt: '2026-01-31T13:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  generation: 1,
} as ServedToken;

it.each<[string, Partial<ServedToken>, number | null]>([
  ['is the time between its save and its expiry', {}, 3_600_000],
  ['is rounded up to half a minute', { updatedAt: '2026-01-31T12:00:00.300Z' }, 3_600_000],
  ['is not known of one that does not expire', { expiresAt: null }, null],
  ['is not known of one that another program has saved', { generation: 0 }, null],
  ['is not known of one that had expired when it was saved', { updatedAt: '2026-01-31T14:00:00.000Z' }, null],
])('The lifetime of a token %s', (_what, changes, lifetime) => {
  expect(lifetimeOf({ ...saved, ...changes })).toBe(lifetime);
});
