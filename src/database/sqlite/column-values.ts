/** Values of columns of SQLite. Instants are texts whatever the type says: a text is a time if DATETIME gives it back unchanged. */
import type { ColumnValues, InstantSql } from '../column-values';
import { inOurForm } from '../column-values';

const DIGITS = '[0-9][0-9]';
const TIME = `${DIGITS}:${DIGITS}:${DIGITS}`;
const OURS = `${DIGITS}${DIGITS}-${DIGITS}-${DIGITS}T${TIME}.[0-9]${DIGITS}Z`;

/** What may follow the seconds, as a pattern for each number of characters that the whole has. */
const ENDS: Readonly<Record<number, string>> = {
  19: '',
  20: 'Z',
  23: `.[0-9]${DIGITS}`,
  24: `.[0-9]${DIGITS}Z`,
  26: `.${DIGITS}${DIGITS}${DIGITS}`,
  27: `.${DIGITS}${DIGITS}${DIGITS}Z`,
};

function instantSql(column: string): InstantSql {
  const text = `CAST(${column} AS TEXT)`;
  const time = `SUBSTR(${text}, 1, 19)`;
  // Without anything to add, older releases take the 30th of February for a date.
  const isTime = `(DATETIME(${time}, '+0 days') IN (${time}, REPLACE(${time}, 'T', ' ')))`;
  // SQLite takes 24:30 for a time, and leaves it as it is.
  const isHour = `SUBSTR(${text}, 12, 2) < '24'`;
  const ends = Object.entries(ENDS).map(
    ([length, pattern]) => `WHEN ${length} THEN SUBSTR(${text}, 20) GLOB '${pattern}'`,
  );
  // In bytes: a text may go on after a character that ends it for LENGTH.
  const length = `LENGTH(CAST(${column} AS BLOB))`;
  const isEnd = `CASE ${length} ${ends.join(' ')} ELSE FALSE END`;
  return {
    text,
    isOurs: `(${length} = 24 AND ${text} GLOB '${OURS}')`,
    isKnown: `COALESCE(${isTime} AND ${isHour} AND ${text} >= '1970' AND ${isEnd}, FALSE)`,
    saysUtc: `${text} LIKE '%Z'`,
    isTotal: false,
    written: inOurForm(`RTRIM(${text}, 'Z')`, (...parts) => `(${parts.join(' || ')})`),
  };
}

export const sqliteColumnValues: ColumnValues = {
  holdsAnyText: true,

  ignoresSpaces: () => false,

  notText: (column) => `typeof(${column}) = 'blob'`,

  tooLong: (column, { length }) => (length === '' ? null : `LENGTH(${column}) > ${Number(length)}`),

  // A type limits nothing.
  lostIn: () => null,

  instant: instantSql,

  wideType: ({ type, length }) => ({ type, length }),
};
