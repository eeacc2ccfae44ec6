/**
 * The tokens that are due, in windows: rows without the texts of tokens, the first to expire first, and those of a window in
 * random order, so that processes which begin at the same time divide the work. Each connection is read from a place of its own in
 * that order, so that one whose tokens have to wait does not stop the others. Places are compared in SQL alone, since the order
 * depends on the collation.
 */
import type { DuePlace } from '../../tokens/token-reads';
import type { DueToken } from '../../tokens/token-row';
import type { TokenPages } from '../../tokens/token-pages';

interface Line {
  readonly name: string;
  waiting: DueToken[];
  /** The last row of the window that was read; null before the first. Lines that were read together have the same. */
  place: DuePlace | null;
  /** Whether there are no more. */
  isRead: boolean;
}

/** Rows of the largest window. */
const MOST_ROWS = 1_000;

/** Names or ids in one statement. */
const MOST_VALUES = 1_000;

export class DueQueue {
  private readonly lines: Line[];

  /**
   * @param at by when the tokens will have expired, ISO-8601 UTC
   * @param isDoubtful as `DueQuery` has it
   * @param names of the connections
   * @param size of the first window; it grows while few of the rows are worth it
   */
  constructor(
    private readonly pages: TokenPages,
    private readonly at: string,
    private readonly isDoubtful: boolean,
    names: readonly string[],
    private size: number,
  ) {
    this.size = Math.min(size, MOST_ROWS);
    // In random order: of more names than one statement takes, the same must not always come first.
    this.lines = shuffle(names.map((name) => ({ name, waiting: [], place: null, isRead: false })));
  }

  /**
   * Takes a token of one of these connections; each has its turn.
   * @param isWanted by the name of the connection
   */
  next(isWanted: (name: string) => boolean): DueToken | undefined {
    const index = this.lines.findIndex(({ name, waiting }) => waiting.length > 0 && isWanted(name));
    const [line] = index < 0 ? [] : this.lines.splice(index, 1);
    if (line) this.lines.push(line);
    return line?.waiting.pop();
  }

  /**
   * Reads a window for those of the connections that have nothing waiting and are at the same place.
   * @param isWanted by the name of the connection
   * @param isWorthIt for each token that was read
   * @returns false when there was nothing to read
   */
  async read(isWanted: (name: string) => boolean, isWorthIt: (row: DueToken) => boolean): Promise<boolean> {
    const idle = this.lines.filter(
      ({ name, waiting, isRead }) => !isRead && waiting.length === 0 && isWanted(name),
    );
    const [first] = idle;
    if (!first) return false;
    const together = idle.filter(({ place }) => place === first.place).slice(0, MOST_VALUES);
    const names = together.map(({ name }) => name);
    const { at, isDoubtful, size } = this;
    const read = await this.pages.due({ at, isDoubtful, names, after: first.place }, size);
    const last = read.at(-1);
    const place = last ? { expiresAt: last.expiresAt ?? '', id: last.id } : first.place;
    const byName = new Map(together.map((line) => [line.name, line]));
    let found = 0;
    for (const row of read) {
      // A column may consider names equal that are not.
      const line = byName.get(row.connectionName);
      if (!line || !isWorthIt(row)) continue;
      line.waiting.push(row);
      found += 1;
    }
    for (const line of together) {
      shuffle(line.waiting);
      line.place = place;
      line.isRead = read.length < size;
    }
    if (found < size / 2) this.size = Math.min(size * 2, MOST_ROWS);
    return true;
  }

  /**
   * Drops tokens that other processes have taken since they were read.
   * @param isWanted by the name of the connection; the tokens of others are looked at when it is their turn
   */
  async dropTaken(isWanted: (name: string) => boolean): Promise<void> {
    const lines = this.lines.filter(({ name }) => isWanted(name));
    const ids = lines.flatMap(({ waiting }) => waiting.map(({ id }) => id));
    for (let index = 0; index < ids.length; index += MOST_VALUES) {
      const some = ids.slice(index, index + MOST_VALUES);
      const due = await this.pages.stillDue(some, this.at);
      const taken = new Set(some.filter((id) => !due.has(id)));
      for (const line of lines) line.waiting = line.waiting.filter(({ id }) => !taken.has(id));
    }
  }
}

function shuffle<Item>(items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const index = Math.floor(Math.random() * (last + 1));
    [items[last], items[index]] = [items[index] as Item, items[last] as Item];
  }
  return items;
}
