/**
 * How an instant is stored: ISO-8601 UTC text of fixed width, `2026-11-22T17:04:00.000Z`.
 * One definition on every engine: no driver or session time zone touches it, and it sorts as text.
 */
import type { ValueTransformer } from 'typeorm';

/** Characters of a stored instant. */
export const INSTANT_LENGTH = 24;

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The stored text of an instant.
 * @param date clamped to the years 1970 to 9999
 * @throws RangeError for an invalid date
 */
export function toInstant(date: Date): string {
  const milliseconds = date.getTime();
  return new Date(Math.min(Math.max(milliseconds, EARLIEST), LATEST)).toISOString();
}

export const instant: ValueTransformer = {
  to: (value: Date | null | undefined) => (value instanceof Date ? toInstant(value) : value),
  from: (value: string | null) => (value === null ? null : new Date(value)),
};
