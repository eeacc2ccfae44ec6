/**
 * The tokens that are due, in windows: rows without the texts of tokens, the first to expire first, and those of a window in
 * random order, so that processes which begin at the same time divide the work. Each connection has a place of its own in that
 * order, so that one whose tokens have to wait keeps no other from being read.
 */
import type { DueToken } from '../tokens/token-row';
import type { DuePlace } from '../tokens/token-reads';
import type { TokenRows } from '../tokens/token-rows';

interface Line {
  readonly name: string;
  waiting: DueToken[];
  /** The last that was read; null before the first. */
  place: DuePlace | null;
  /** Whether there are no more. */
  isRead: boolean;
}

export class DueQueue {
  private readonly lines: Line[];

  /**
   * @param at by when the tokens will have expired, ISO-8601 UTC
   * @param names of the connections
   * @param size of a window
   */
  constructor(
    private readonly rows: TokenRows,
    private readonly at: string,
    private readonly isDoubted: boolean,
    names: readonly string[],
    private readonly size: number,
  ) {
    this.lines = names.map((name) => ({ name, waiting: [], place: null, isRead: false }));
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
   * Reads a window for those of the connections that have nothing waiting.
   * @param isWanted by the name of the connection
   * @param isWorthIt for each token that was read
   * @returns false when there was nothing to read
   */
  async read(isWanted: (name: string) => boolean, isWorthIt: (row: DueToken) => boolean): Promise<boolean> {
    const idle = this.lines.filter(
      ({ name, waiting, isRead }) => !isRead && waiting.length === 0 && isWanted(name),
    );
    if (idle.length === 0) return false;
    const names = idle.map(({ name }) => name);
    const after = idle.map(({ place }) => place).reduce((one, other) => (isBefore(other, one) ? other : one));
    const { at, isDoubted, size } = this;
    const read = await this.rows.due({ at, isDoubted, names, after }, size);
    const last = placeOf(read.at(-1));
    for (const line of idle) {
      const own = read.filter(
        (row) => row.connectionName === line.name && isBefore(line.place, placeOf(row)),
      );
      line.waiting = shuffled(own.filter(isWorthIt));
      if (isBefore(line.place, last)) line.place = last;
      line.isRead = read.length < size;
    }
    return true;
  }

  /** Drops tokens that other processes have taken since they were read. */
  async dropTaken(): Promise<void> {
    const ids = this.lines.flatMap(({ waiting }) => waiting.map(({ id }) => id));
    if (ids.length === 0) return;
    const due = await this.rows.stillDue(ids, this.at);
    for (const line of this.lines) line.waiting = line.waiting.filter(({ id }) => due.has(id));
  }
}

function placeOf(row: DueToken | undefined): DuePlace | null {
  return row ? { expiresAt: row.expiresAt ?? '', id: row.id } : null;
}

/** In the order of expiry, in which null is the beginning. */
function isBefore(one: DuePlace | null, other: DuePlace | null): boolean {
  if (one === null || other === null) return other !== null;
  return one.expiresAt < other.expiresAt || (one.expiresAt === other.expiresAt && one.id < other.id);
}

function shuffled<Item>(items: Item[]): Item[] {
  for (let last = items.length - 1; last > 0; last -= 1) {
    const index = Math.floor(Math.random() * (last + 1));
    [items[last], items[index]] = [items[index] as Item, items[last] as Item];
  }
  return items;
}
