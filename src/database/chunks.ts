/** Divides what is sent, so that no statement and no transaction is longer than a server takes. */

/** Of one chunk. */
export interface ChunkLimits {
  /** Default: any number. */
  readonly items?: number;
  /** Default: far below what a server takes as one statement. */
  readonly characters?: number;
}

const MOST_CHARACTERS = 1_000_000;

/** @returns the items in their order; an item that alone exceeds the character limit is a chunk of its own */
export function chunksOf<Item>(
  items: readonly Item[],
  charactersOf: (item: Item) => number,
  { items: most = Infinity, characters: mostCharacters = MOST_CHARACTERS }: ChunkLimits = {},
): Item[][] {
  const chunks: Item[][] = [];
  let chunk: Item[] = [];
  let characters = 0;
  for (const item of items) {
    const size = charactersOf(item);
    if (chunk.length === most || (chunk.length > 0 && characters + size > mostCharacters)) {
      chunks.push(chunk);
      chunk = [];
      characters = 0;
    }
    chunk.push(item);
    characters += size;
  }
  if (chunk.length > 0) chunks.push(chunk);
  return chunks;
}

/** Of all texts of a list or an object. */
export function textLength(values: object): number {
  let length = 0;
  for (const value of Object.values(values)) if (typeof value === 'string') length += value.length;
  return length;
}
