/** Divides rows into parts, each of which one transaction can write: far below what a server takes as one statement. */

/** Of ciphertext and what goes with it. */
const MOST_CHARACTERS = 1_000_000;

/** @returns the rows in their order; one above the limit is a part of its own */
export function partsOf<Row>(rows: readonly Row[], charactersOf: (row: Row) => number): Row[][] {
  const parts: Row[][] = [];
  let characters = Infinity;
  for (const row of rows) {
    const size = charactersOf(row);
    if (characters + size > MOST_CHARACTERS) {
      parts.push([]);
      characters = 0;
    }
    parts.at(-1)?.push(row);
    characters += size;
  }
  return parts;
}

/** Of all texts of an object. */
export function textLength(values: object): number {
  let length = 0;
  for (const value of Object.values(values)) if (typeof value === 'string') length += value.length;
  return length;
}
