/**
 * The columns of rows that are read: one list makes the SELECT, finds the key of a lookup in it, and reads the rows, so that no
 * position is written down anywhere.
 */
import type { RowValues } from './statement';

/** How a value of the database is read. */
export type ColumnReader<Value> = (value: unknown) => Value;

const asItIs = (value: unknown) => value as never;

export const text: ColumnReader<string> = asItIs;
export const nullableText: ColumnReader<string | null> = asItIs;
export const count: ColumnReader<number> = Number;
export const nullableCount: ColumnReader<number | null> = (value) => (value === null ? null : Number(value));
/** Engines give 0 and 1, or true and false. */
export const flag: ColumnReader<boolean> = (value) => Boolean(Number(value));

/** Returns the expression of a property: its condition, as 1 or 0, where it has one; otherwise its column. */
export function conditionOr(
  conditions: Readonly<Record<string, string>>,
  column: (property: string) => string,
): (property: string) => string {
  return (property) => {
    const condition = conditions[property];
    return condition === undefined ? column(property) : `CASE WHEN ${condition} THEN 1 ELSE 0 END`;
  };
}

type Columns<Row> = { readonly [Property in keyof Row]-?: ColumnReader<Row[Property]> };

export class RowShape<Row extends object> {
  /** The properties of a row, in the order of the SELECT. */
  readonly properties: readonly (keyof Row & string)[];
  /** Has every property: V8 then writes them without changing the shape of the object. */
  private readonly empty: Row;
  private readonly readers: readonly ColumnReader<unknown>[];

  constructor(readonly columns: Columns<Row>) {
    this.properties = Object.keys(columns) as (keyof Row & string)[];
    this.readers = Object.values(columns);
    this.empty = Object.fromEntries(this.properties.map((property) => [property, null])) as Row;
  }

  /**
   * What a SELECT reads, each under the name of its property.
   * @param expression of a property
   * @param escape quotes a name
   */
  list(expression: (property: keyof Row & string) => string, escape: (name: string) => string): string {
    return this.properties.map((property) => `${expression(property)} AS ${escape(property)}`).join(', ');
  }

  /** Where properties are in the order of the SELECT. */
  positions(properties: readonly (keyof Row & string)[]): readonly number[] {
    return properties.map((property) => this.properties.indexOf(property));
  }

  row(values: RowValues): Row {
    const { properties, readers } = this;
    const row = { ...this.empty } as Record<string, unknown>;
    for (let index = 0; index < properties.length; index += 1) {
      const reader = readers[index] as ColumnReader<unknown>;
      const value = values[index];
      row[properties[index] as string] = reader === asItIs ? value : reader(value);
    }
    return row as Row;
  }
}
