/**
 * Values of columns of MariaDB and MySQL. Instants are read by a regular expression; date columns by their parts, since they
 * may hold days that do not exist.
 */
import type { ColumnKind, FoundColumn } from '../catalogue';
import type { ColumnSize, ColumnValues, InstantSql } from '../column-values';
import { inOurForm, KNOWN, OURS, withoutUtc } from '../column-values';

/** A character that no instant contains. Needed because `$` also matches before a line break, of which some releases know five. */
const OTHER = '[^-0-9TZ:. +]';

function instantSql(column: string, kinds: readonly ColumnKind[]): InstantSql {
  const text = `CONVERT(${column} USING utf8mb4)`;
  const written = inOurForm(withoutUtc(text), (...parts) => `CONCAT(${parts.join(', ')})`);
  if (kinds.includes('instant')) {
    const isDate = `DAYOFMONTH(${column}) BETWEEN 1 AND DAYOFMONTH(LAST_DAY(${column}))`;
    const isKnown = `COALESCE(${column} >= '1970-01-01' AND ${isDate}, FALSE)`;
    return { text, isOurs: 'FALSE', isKnown, isTotal: false, saysUtc: 'FALSE', written };
  }
  const matches = (pattern: string) => `${text} COLLATE utf8mb4_bin REGEXP '${pattern}'`;
  return {
    text,
    isOurs: `(${matches(OURS)} AND NOT ${matches(OTHER)})`,
    isKnown: `(${matches(KNOWN)} AND NOT ${matches(OTHER)})`,
    isTotal: false,
    saysUtc: `${withoutUtc(text)} <> ${text}`,
    written,
  };
}

/** Bytes that a text type holds, whatever its encoding. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
};

/** In our encoding, at most. */
const BYTES_OF_CHARACTER = 4;

/** As `longerThan`, unless the column that was found can have no such text. */
function tooLong(column: string, size: ColumnSize, found: FoundColumn): string | null {
  const { characters, bytes } = widestOf(found);
  const isNarrow =
    size.length === '' ? bytes <= (MOST_BYTES[size.type] ?? Infinity) : characters <= Number(size.length);
  return isNarrow ? null : longerThan(column, size);
}

/** A condition that holds for a text of a column that is too long for a type; null where none is. */
function longerThan(column: string, { type, length }: ColumnSize): string | null {
  if (length !== '') return `CHAR_LENGTH(${column}) > ${Number(length)}`;
  const most = MOST_BYTES[type];
  return most === undefined ? null : `LENGTH(CONVERT(${column} USING utf8mb4)) > ${most}`;
}

/** The type of a column that was found, taken apart: `varchar(255)` has the length 255. */
function sizeOf(found: FoundColumn): ColumnSize {
  const [, type = '', length = ''] = /^(\w+)(?:\((\d+)\))?/.exec(found.type) ?? [];
  return { type, length };
}

/** The most characters that a column holds, and the most bytes that they can have in our encoding. */
function widestOf(found: FoundColumn): { characters: number; bytes: number } {
  const { type, length } = sizeOf(found);
  if (length !== '' && type.endsWith('char')) {
    return { characters: Number(length), bytes: Number(length) * BYTES_OF_CHARACTER };
  }
  const bytes = MOST_BYTES[type] ?? Infinity;
  return { characters: bytes, bytes: found.charset === 'utf8mb4' ? bytes : bytes * BYTES_OF_CHARACTER };
}

/** A VARCHAR of more characters would not fit into a row. */
const MOST_VARCHAR = 16_383;

export const mysqlColumnValues: ColumnValues = {
  holdsAnyText: false,

  ignoresSpaces: (collation) => collation === 'utf8mb4_bin',

  notText: () => null,

  tooLong,

  lostIn(column, found) {
    const size = sizeOf(found);
    const conditions: string[] = [];
    if (found.kinds.includes('text')) {
      const isLonger = longerThan(column, size);
      if (isLonger !== null) conditions.push(isLonger);
      // A character that the encoding does not have becomes a question mark.
      if (found.charset !== undefined && found.charset !== 'utf8mb4') {
        conditions.push(
          `BINARY CONVERT(CONVERT(${column} USING ${found.charset}) USING utf8mb4) <> BINARY ${column}`,
        );
      }
    }
    if (found.kinds.includes('json')) conditions.push(`NOT JSON_VALID(${column})`);
    if (size.type === 'timestamp') conditions.push(`${column} > '2038-01-19 03:14:07'`);
    return conditions.length > 0 ? conditions.map((condition) => `(${condition})`).join(' OR ') : null;
  },

  instant: instantSql,

  wideType({ type, length }) {
    const isWide = type === 'longtext' || type === 'json';
    if (isWide) return { type: 'longtext', length: '' };
    return type === 'varchar' && Number(length) <= MOST_VARCHAR
      ? { type, length }
      : { type: 'mediumtext', length: '' };
  },
};
