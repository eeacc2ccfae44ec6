/** How much the text types of MariaDB and MySQL hold. */
import type { ColumnSize } from '../schema-tools';
import type { FoundColumn } from '../table-shape';

/** Bytes that a text type holds, whatever its encoding. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  tinytext: 255,
  text: 65_535,
  mediumtext: 16_777_215,
};

/** In our encoding, at most. */
const BYTES_OF_CHARACTER = 4;

/** As `longerThan`, unless the column that was found can have no such text. */
export function tooLong(column: string, size: ColumnSize, found: FoundColumn): string | null {
  const { characters, bytes } = widestOf(found);
  const isNarrow =
    size.length === '' ? bytes <= (MOST_BYTES[size.type] ?? Infinity) : characters <= Number(size.length);
  return isNarrow ? null : longerThan(column, size);
}

/** A condition that holds for a text of a column that is too long for a type; null where none is. */
export function longerThan(column: string, { type, length }: ColumnSize): string | null {
  if (length !== '') return `CHAR_LENGTH(${column}) > ${Number(length)}`;
  const most = MOST_BYTES[type];
  return most === undefined ? null : `LENGTH(CONVERT(${column} USING utf8mb4)) > ${most}`;
}

/** The most characters that a column holds, and the most bytes that they can have in our encoding. */
function widestOf({ type, charset }: FoundColumn): { characters: number; bytes: number } {
  const [, name = '', length] = /^(\w+)(?:\((\d+)\))?/.exec(type) ?? [];
  if (length !== undefined && name.endsWith('char')) {
    return { characters: Number(length), bytes: Number(length) * BYTES_OF_CHARACTER };
  }
  const bytes = MOST_BYTES[name] ?? Infinity;
  return { characters: bytes, bytes: charset === 'utf8mb4' ? bytes : bytes * BYTES_OF_CHARACTER };
}
