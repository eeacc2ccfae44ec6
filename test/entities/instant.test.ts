import { describe, expect, it } from 'vitest';
import { INSTANT_LENGTH, instant, toInstant } from '../../src/entities/instant';

describe('toInstant', () => {
  it.each([
    [new Date(Date.UTC(2026, 10, 22, 17, 4)), '2026-11-22T17:04:00.000Z'],
    [new Date(-1), '1970-01-01T00:00:00.000Z'],
    [new Date(8.64e15), '9999-12-31T23:59:59.999Z'],
  ])('writes %s as text of fixed width', (date, text) => {
    expect(toInstant(date)).toBe(text);
    expect(text).toHaveLength(INSTANT_LENGTH);
  });

  it('refuses a date that is none', () => {
    expect(() => toInstant(new Date(Number.NaN))).toThrow(RangeError);
  });
});

describe('instant', () => {
  it('gives back the date it was given', () => {
    const date = new Date('2026-03-29T01:30:00.123Z');
    expect(instant.from(instant.to(date))).toEqual(date);
  });

  it('keeps null, and leaves what is not a date to TypeORM', () => {
    expect([instant.to(null), instant.from(null), instant.to(undefined)]).toEqual([null, null, undefined]);
  });
});
