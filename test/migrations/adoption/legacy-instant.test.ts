import { describe, expect, it } from 'vitest';
import { fromLegacyInstant, toLegacyInstant } from '../../../src/migrations/adoption/legacy-instant';

describe('fromLegacyInstant', () => {
  it.each([
    ['2025-12-01 11:43:13.123456', 'UTC', '2025-12-01T11:43:13.123Z'],
    ['2025-12-01 11:43:13', 'UTC', '2025-12-01T11:43:13.000Z'],
    ['2025-12-01T11:43', 'UTC', '2025-12-01T11:43:00.000Z'],
    ['2025-12-01', 'UTC', '2025-12-01T00:00:00.000Z'],
    ['2025-12-01 11:43:13.5', 'UTC', '2025-12-01T11:43:13.500Z'],
    ['2025-12-01 11:43:13+00', 'America/New_York', '2025-12-01T11:43:13.000Z'],
    ['2025-12-01T11:43:13.9Z', 'America/New_York', '2025-12-01T11:43:13.900Z'],
    ['2025-12-01 11:43:13+05:45', 'UTC', '2025-12-01T05:58:13.000Z'],
    ['2025-12-01 11:43:13-0330', 'UTC', '2025-12-01T15:13:13.000Z'],
    ['2025-12-01 11:43:13', 'America/New_York', '2025-12-01T16:43:13.000Z'],
    ['2025-07-01 11:43:13', 'America/New_York', '2025-07-01T15:43:13.000Z'],
    ['2025-12-01 11:43:13.001', 'Asia/Kathmandu', '2025-12-01T05:58:13.001Z'],
    ['infinity', 'UTC', '9999-12-31T23:59:59.999Z'],
    ['-infinity', 'UTC', '1970-01-01T00:00:00.000Z'],
    ['12000-01-01 00:00:00', 'UTC', '9999-12-31T23:59:59.999Z'],
    ['0044-03-15 12:00:00 BC', 'UTC', '1970-01-01T00:00:00.000Z'],
  ])('reads %s in %s', (text, zone, instant) => {
    expect(fromLegacyInstant(text, zone)).toBe(instant);
  });

  it('takes the first of two times that a clock put back shows alike', () => {
    expect(fromLegacyInstant('2025-11-02 01:30:00', 'America/New_York')).toBe('2025-11-02T05:30:00.000Z');
  });

  it('finds a change of the clock between two times of one day', () => {
    const read = (text: string) => fromLegacyInstant(text, 'America/New_York');
    expect(
      ['00:59:59', '01:59:59', '03:00:00', '03:14:59'].map((time) => read(`2025-03-09 ${time}`)),
    ).toEqual([
      '2025-03-09T05:59:59.000Z',
      '2025-03-09T06:59:59.000Z',
      '2025-03-09T07:00:00.000Z',
      '2025-03-09T07:14:59.000Z',
    ]);
  });

  it('moves a time that a clock put forward never showed to after the gap', () => {
    expect(fromLegacyInstant('2025-03-09 02:30:00', 'America/New_York')).toBe('2025-03-09T07:30:00.000Z');
  });

  it.each(['', 'tomorrow', '2025-13-01 00:00:00', '2025-02-30 00:00:00', '1733053393', '12:00'])(
    'says that %j is none',
    (text) => {
      expect(fromLegacyInstant(text, 'UTC')).toBeUndefined();
    },
  );
});

describe('toLegacyInstant', () => {
  it.each(['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia'])('is read back in %s', (zone) => {
    for (const instant of [
      '2025-12-01T11:43:13.123Z',
      '2025-07-01T23:59:59.999Z',
      '2030-01-01T00:00:00.000Z',
    ]) {
      expect(fromLegacyInstant(toLegacyInstant(instant, zone), zone)).toBe(instant);
    }
  });
});
