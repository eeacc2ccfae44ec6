import { expect, it } from 'vitest';
import { lifetimeOf, livesOn } from '../../src/tokens/due';
import type { LivingToken } from '../../src/tokens/living-token';
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

const living = {
  expiresAt: '2026-01-31T13:00:00.000Z',
  updatedAt: '2026-01-31T12:00:00.000Z',
  issuedUnder: 'a'.repeat(64),
} as LivingToken;

it.each<[string, string, Partial<LivingToken>, boolean]>([
  ['an hour before its end', '12:00:00', {}, true],
  ['up to the margin, a quarter longer for some', '12:58:44', {}, true],
  ['no longer when it may be time to refresh it', '12:58:46', {}, false],
  ['for the first half of a short life', '12:59:29', { updatedAt: '2026-01-31T12:59:00.000Z' }, true],
  ['for no more than that', '12:59:31', { updatedAt: '2026-01-31T12:59:00.000Z' }, false],
  ['no longer when it has ended', '13:00:01', { updatedAt: '2026-01-31T14:00:00.000Z' }, false],
  ['for ever where it does not expire', '23:00:00', { expiresAt: null }, true],
  ['not at all where its end is no instant', '12:00:00', { expiresAt: 'soon' }, false],
  ['where another program left it', '12:00:00', { issuedUnder: '' }, true],
  [
    'where another client would get it today',
    '12:00:00',
    { issuedUnder: 'a'.repeat(32) + 'b'.repeat(32) },
    true,
  ],
  ['not at all where it is for another server', '12:00:00', { issuedUnder: 'b'.repeat(64) }, false],
])('How long a token lives on: %s', (_what, time, changes, isLiving) => {
  const now = Date.parse(`2026-01-31T${time}.000Z`);
  const situation = { now, marginMs: 60_000, configFingerprint: 'a'.repeat(64) };
  expect(livesOn({ ...living, ...changes }, situation)).toBe(isLiving);
});
