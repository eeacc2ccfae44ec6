/**
 * The values of columns that another program made: what a column can hold, and how SQL asks. Instants are read in the forms in which
 * almost all of them are written, `2025-12-01 11:43:13.5` and the like. Values in any other form are left to JavaScript to interpret.
 */
import type { TableColumn } from 'typeorm';
import type { ColumnKind, FoundColumn } from './catalogue';

/** A type with its length, as a column of ours or of another program has it. */
export type ColumnSize = Pick<TableColumn, 'type' | 'length'>;

export interface ColumnValues {
  /** Whether a column of any type can hold any text. */
  readonly holdsAnyText: boolean;
  /** Whether a text equals one with more spaces at its end, in a collation of ours. */
  ignoresSpaces(collation: string | undefined): boolean;
  /** A condition that holds for values in a text column that are not text; null where the engine allows none. */
  notText(column: string): string | null;
  /** The type of a column that stays as wide as it was because a value is too long for ours. */
  wideType(from: TableColumn): ColumnSize;
  /** A condition that holds for a value of a column, as found, that is too long for a type; null where no value is. */
  tooLong(column: string, size: ColumnSize, found: FoundColumn): string | null;
  /** A condition that holds for a value of a column that a revert could not store in the column that was found; or null. */
  lostIn(column: string, found: FoundColumn): string | null;
  /** How instants are read from a column that can hold these kinds. */
  instant(column: string, kinds: readonly ColumnKind[]): InstantSql;
}

/** Conditions and expressions on one column of instants. No condition is NULL where the value is not. */
export interface InstantSql {
  /** The value as a text; a date as the engine writes it. */
  readonly text: string;
  /** Whether a value is in our form. */
  readonly isOurs: string;
  /** Whether a value is an instant of the years 1970 to 9999 that `written` reads. */
  readonly isKnown: string;
  /** Whether every value is known. */
  readonly isTotal: boolean;
  /** Whether a known value says itself that it is in UTC. */
  readonly saysUtc: string;
  /** A known value in our form, read as UTC. */
  readonly written: string;
}

/** Month and day, for days that exist in every year; 29 February is therefore left to JavaScript. */
const DAY = '(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31';
const TIME = '[ T]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.][0-9]{1,9}){0,1}';

/** Regular expressions without question marks, which a driver would take for placeholders. */
export const KNOWN = `^(19[7-9][0-9]|[2-9][0-9]{3})-(${DAY})(${TIME}){0,1}(Z|[+]00((:){0,1}00){0,1}){0,1}$`;
export const OURS = '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$';

/** How UTC is written, the longer forms before those that they begin with. */
const UTC_SUFFIXES = ['Z', '+00:00', '+0000', '+00'] as const;

/** @returns the text of a known value without what says that it is in UTC */
export function withoutUtc(text: string): string {
  return UTC_SUFFIXES.reduce((inner, suffix) => `REPLACE(${inner}, '${suffix}', '')`, text);
}

/**
 * The text of a known value in our form, cut to milliseconds.
 * @param wall the text without what says that it is in UTC
 * @param concat joins texts
 */
export function inOurForm(wall: string, concat: (...parts: string[]) => string): string {
  const missing = `CASE LENGTH(${wall}) WHEN 10 THEN ' 00:00:00.000' WHEN 19 THEN '.000' ELSE '00' END`;
  return concat(`REPLACE(SUBSTR(${concat(wall, missing)}, 1, 23), ' ', 'T')`, "'Z'");
}
