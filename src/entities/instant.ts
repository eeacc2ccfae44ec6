/**
 * How an instant is stored: as ISO 8601 text in UTC with a fixed width, `2026-11-22T17:04:00.000Z`. It is the same on every
 * engine, independent of the time zones of driver and session, and sorts as text.
 */
import type { ValueTransformer } from 'typeorm';

/** Characters of a stored instant. */
export const INSTANT_LENGTH = 24;

const EARLIEST = Date.UTC(1970, 0, 1);
const LATEST = Date.UTC(9999, 11, 31, 23, 59, 59, 999);

/**
 * The stored text of an instant.
 * @param date moved to the nearest instant of the years 1970 to 9999
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
