/** Rows as arrays of values: objects with column names cost more than the values themselves. */

/** The values of a row, in the order of the SELECT. */
export type RowValues = readonly unknown[];

/** Drivers set the properties of a row in the order of the SELECT. */
export function valuesOf(rows: readonly Readonly<Record<string, unknown>>[]): RowValues[] {
  return rows.map((row) => Object.values(row));
}
