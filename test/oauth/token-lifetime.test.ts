/** When an access token expires, by what its answer says and by what is known besides. */
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '../../src/config/definition';
import type { KnownLifetime } from '../../src/oauth/token-lifetime';
import { expiryOf } from '../../src/oauth/token-lifetime';

const NOW = Date.UTC(2026, 2, 3);
const YEAR_MS = 365 * 86_400_000;
const LATEST = Date.UTC(9999, 11, 31);
const NOTHING: KnownLifetime = { declaredSeconds: undefined, formerMs: null };

/** Milliseconds from now on. */
function lifetime(expiresIn: JsonValue | undefined, token = 'opaque', known: Partial<KnownLifetime> = {}) {
  const expiry = expiryOf(expiresIn, token, { ...NOTHING, ...known }, NOW);
  return expiry === null ? null : expiry.getTime() - NOW;
}

function jwt(claims: unknown, parts = 3): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const all = [part({ alg: 'RS256', typ: 'at+jwt' }), part(claims), 'signature', 'x', 'y'];
  return all.slice(0, parts).join('.');
}
const inSeconds = (seconds: number) => NOW / 1000 + seconds;

describe('expires_in', () => {
  it.each<[JsonValue, number]>([
    [3600, 3_600_000],
    ['3600', 3_600_000],
    [' 3600 ', 3_600_000],
    ['3600s', 3_600_000],
    ['3600 s', 3_600_000],
    ['3600.5s', 3_600_500],
    [0.25, 250],
    ['1.5', 1500],
    ['1e3', 1_000_000],
    [315_360_000, 10 * YEAR_MS],
  ])('of %j is a time from now on', (told, expected) => {
    expect(lifetime(told)).toBe(expected);
  });

  it.each([
    0,
    '0',
    '0s',
    -1,
    '-1',
    null,
    '',
    ' ',
    's',
    'NaN',
    'never',
    '1 hour',
    '2026-03-03',
    true,
    [60],
    { s: 60 },
  ])('of %j says nothing', (told) => {
    expect(lifetime(told)).toBeNull();
    expect(lifetime(told, 'opaque', { declaredSeconds: 60 })).toBe(60_000);
  });

  it.each<[string, JsonValue, number]>([
    ['seconds', inSeconds(3600), 3_600_000],
    ['seconds as text', String(inSeconds(3600)), 3_600_000],
    ['seconds nine years ahead', inSeconds(9 * 365 * 86_400), 9 * YEAR_MS],
    ['milliseconds', NOW + 3_600_000, 3_600_000],
    ['milliseconds as text', String(NOW + 3_600_000), 3_600_000],
  ])('that is an instant in %s is read as that instant', (_what, told, expected) => {
    expect(lifetime(told)).toBe(expected);
  });

  it.each([inSeconds(0), inSeconds(-60), NOW - 60_000])(
    'of %j, an instant that has passed, says nothing',
    (told) => {
      expect(lifetime(told)).toBeNull();
      expect(lifetime(told, 'opaque', { declaredSeconds: 60 })).toBe(60_000);
    },
  );

  it.each([2_147_483_647, 1_000_000_000, 5e9])(
    'of %j is no instant near now, and a time from now on',
    (told) => {
      expect(lifetime(told)).toBe(told * 1000);
    },
  );

  it.each([1e300, 'Infinity', 1e12, 9e15])('of %j ends with what a table can hold', (told) => {
    expect(lifetime(told)).toBe(LATEST - NOW);
  });
});

describe('A token without expires_in', () => {
  const hour = jwt({ exp: inSeconds(3600) });

  it('does not expire, if nothing else is known', () => {
    expect(lifetime(undefined)).toBeNull();
  });

  it('expires when its own `exp` says so', () => {
    expect(lifetime(undefined, hour)).toBe(3_600_000);
    expect(lifetime('', jwt({ exp: inSeconds(0.5) }))).toBe(500);
  });

  it.each<[string, string]>([
    ['that has passed', jwt({ exp: inSeconds(-1) })],
    ['of now', jwt({ exp: inSeconds(0) })],
    ['eleven years ahead', jwt({ exp: inSeconds(11 * 365 * 86_400) })],
    ['in milliseconds', jwt({ exp: NOW + 3_600_000 })],
    ['as text', jwt({ exp: String(inSeconds(3600)) })],
    ['that is missing', jwt({ iat: inSeconds(0) })],
    ['in claims that are a list', jwt([inSeconds(3600)])],
    ['in claims that are null', jwt(null)],
    ['without a signature', jwt({ exp: inSeconds(3600) }, 2)],
    ['in five parts, which would be encrypted', jwt({ exp: inSeconds(3600) }, 5)],
    ['that is not JSON', 'a.b.c'],
    ['that is empty', '..'],
  ])('ignores an `exp` %s', (_what, token) => {
    expect(lifetime(undefined, token)).toBeNull();
    expect(lifetime(undefined, token, { formerMs: 5000 })).toBe(5000);
  });

  it('expires by the declaration before its `exp`, and by that before what the former token did', () => {
    const known = { declaredSeconds: 60, formerMs: 5000 };
    expect(lifetime(10, hour, known)).toBe(10_000);
    expect(lifetime(undefined, hour, known)).toBe(60_000);
    expect(lifetime(undefined, hour, { formerMs: 5000 })).toBe(3_600_000);
    expect(lifetime(undefined, 'opaque', { formerMs: 5000 })).toBe(5000);
  });

  it.each([0, -1, Number.NaN])('has no lifetime of %s of a former token', (formerMs) => {
    expect(lifetime(undefined, 'opaque', { formerMs })).toBeNull();
  });

  it('lives no longer than a table can hold, whatever a former token did', () => {
    expect(lifetime(undefined, 'opaque', { formerMs: 1e300 })).toBe(LATEST - NOW);
  });
});
