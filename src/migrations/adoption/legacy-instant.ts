/**
 * Converts instants between the text of other programs and our form. For text without an offset the operator names the
 * time zone.
 */
import { toInstant } from '../../entities/instant';

const WRITTEN =
  /^(\d{4,6})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?\s*(?:(Z)|([+-])(\d\d):?(\d\d)?)?( BC)?$/;

const EARLIEST = new Date(0);
const LATEST = new Date(8.64e15);

/**
 * Converts a timestamp of another program to our form.
 * @param text as the database returns it, such as `2025-12-01 11:43:13.123456`; cut to milliseconds
 * @param zone IANA name, for text without an offset; a time that occurs twice, when clocks are put back, means the first
 * @returns undefined for text that is not a timestamp
 */
export function fromLegacyInstant(text: string, zone: string): string | undefined {
  if (text === 'infinity' || text === '-infinity') return toInstant(text === 'infinity' ? LATEST : EARLIEST);
  const parts = WRITTEN.exec(text);
  if (!parts) return undefined;
  const [
    ,
    year,
    month,
    day,
    hour = '0',
    minute = '0',
    second = '0',
    fraction = '',
    utc,
    sign,
    hours,
    minutes,
    bc,
  ] = parts;
  if (bc !== undefined) return toInstant(EARLIEST);
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const wall = Date.UTC(
    Number(year),
    Number(month) - 1,
    Number(day),
    Number(hour),
    Number(minute),
    Number(second),
    milliseconds,
  );
  if (Number.isNaN(wall)) return toInstant(LATEST);
  const date = new Date(wall);
  if (date.getUTCMonth() + 1 !== Number(month) || date.getUTCDate() !== Number(day)) return undefined;
  if (utc !== undefined) return toInstant(new Date(wall));
  if (sign !== undefined) {
    const offset = (Number(hours) * 60 + Number(minutes ?? 0)) * 60_000;
    return toInstant(new Date(sign === '+' ? wall - offset : wall + offset));
  }
  return toInstant(new Date(instantOfWall(wall, zone)));
}

/**
 * The local time in a zone, such as `2025-12-01 11:43:13.123000`, for a column without an offset. In six digits, since
 * programs read a fraction of three as microseconds.
 */
export function toLegacyInstant(instant: string, zone: string): string {
  const milliseconds = Date.parse(instant);
  return new Date(milliseconds + offsetAt(milliseconds, zone))
    .toISOString()
    .replace('T', ' ')
    .replace('Z', '000');
}

/** The first of two instants with the same local time; for a local time that clocks skip, the instant after the gap. */
function instantOfWall(wall: number, zone: string): number {
  if (zone === 'UTC') return wall;
  const day = 86_400_000;
  const candidates = [offsetAt(wall - day, zone), offsetAt(wall + day, zone)].map((offset) => wall - offset);
  const exact = candidates.filter((candidate) => candidate + offsetAt(candidate, zone) === wall);
  return exact.length > 0 ? Math.min(...exact) : Math.max(...candidates);
}

const QUARTER_MS = 900_000;

/** A year of quarters, about. */
const MOST_OFFSETS = 35_000;

/** By zone and quarter of an hour, within which no zone has changed its offset since 1973. */
const offsets = new Map<string, number>();

function offsetAt(instant: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const key = `${zone} ${Math.floor(instant / QUARTER_MS)}`;
  const offset = offsets.get(key) ?? computedOffset(instant, zone);
  if (offsets.size >= MOST_OFFSETS) offsets.clear();
  offsets.set(key, offset);
  return offset;
}

function computedOffset(instant: number, zone: string): number {
  const parts = formatOf(zone).formatToParts(new Date(instant));
  const read = (type: string) => Number(parts.find((part) => part.type === type)?.value);
  const wall = Date.UTC(
    read('year'),
    read('month') - 1,
    read('day'),
    read('hour'),
    read('minute'),
    read('second'),
  );
  return wall - Math.floor(instant / 1000) * 1000;
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  const format =
    formats.get(zone) ??
    new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  formats.set(zone, format);
  return format;
}
