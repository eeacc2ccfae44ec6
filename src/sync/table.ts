/** The connection table in SQL: its names, as the host's schema, prefix and naming strategy give them, and the statements that a sync writes. */
import { byName } from '../config/names';
import type { Dialect, RowBatch } from '../database/dialect';
import type { Script } from '../database/statement';
import type { ConnectionInsert, ConnectionOverwrite, SyncWrites } from './port';
import type { StoredRow } from './row';
import { comparedColumns, isAsRead, storedRowShape } from './row';

/** The columns that differ between the rows of one write. */
const writtenColumns = ['id', 'name', ...comparedColumns, 'enabled'] as const;

export class ConnectionConfigTable {
  /** The columns that an overwrite sets: all but id, name, `created_at` and `enabled`. */
  readonly overwritten: readonly string[];

  /**
   * @param path escaped path of the table
   * @param escape quotes a name
   * @param name returns the unquoted column name of a property
   */
  constructor(
    readonly path: string,
    private readonly escape: (name: string) => string,
    readonly name: (property: string) => string,
  ) {
    this.overwritten = [...comparedColumns, 'managedBy', 'removedAt', 'updatedAt'].map(name);
  }

  /** The quoted column of a property. */
  column(property: string): string {
    return this.escape(this.name(property));
  }

  select(): string {
    // Qualified with `c`: SQLite reads an unknown quoted name as a text literal.
    const list = storedRowShape.list((property) => `c.${this.column(property)}`, this.escape);
    return `SELECT ${list} FROM ${this.path} c`;
  }

  /** The batch for rows to insert or overwrite. */
  batch(rows: readonly ConnectionInsert[], { source, at }: SyncWrites): RowBatch {
    return {
      table: this.path,
      columns: writtenColumns.map((property) => ({
        name: this.name(property),
        kind: property === 'enabled' ? 'boolean' : 'text',
      })),
      rows: rows.map(({ id, row }) => {
        const values: (string | boolean | null)[] = [id, row.name];
        for (const column of comparedColumns) values.push(row[column]);
        values.push(row.enabled ?? true);
        return values;
      }),
      shared: {
        [this.name('managedBy')]: source,
        [this.name('removedAt')]: null,
        [this.name('createdAt')]: at,
        [this.name('updatedAt')]: at,
      },
    };
  }
}

/** Another process changed a row between our read and our write: read and plan again. */
export class StaleRows extends Error {}

const IDS_IN_ONE_STATEMENT = 500;

/**
 * The statements that apply the writes of a sync, in an order in which concurrent replicas cannot deadlock: first lock the
 * rows to change, ordered by name, and compare them with what was read; then insert, ordered by name; then the rest.
 * @throws StaleRows; the caller must roll the transaction back
 */
export function* writeScript(
  table: ConnectionConfigTable,
  dialect: Dialect,
  writes: SyncWrites,
): Script<void> {
  yield* lockAsRead(table, dialect, touchedRows(writes));

  if (writes.insert.length > 0) {
    let inserted = 0;
    for (const statement of dialect.insert(table.batch(writes.insert, writes))) {
      inserted += (yield statement).affected;
    }
    if (inserted !== writes.insert.length) throw new StaleRows();
  }

  const overwrite = function* (
    chosen: readonly ConnectionOverwrite[],
    columns: readonly string[],
  ): Script<void> {
    if (chosen.length === 0) return;
    const rows = chosen.map(({ row, stored }) => ({ id: stored.id, row }));
    yield* dialect.overwrite(table.batch(rows, writes), table.name('id'), columns);
  };
  const saysEnabled = ({ row }: ConnectionOverwrite) => row.enabled !== null;
  yield* overwrite(
    writes.overwrite.filter((one) => !saysEnabled(one)),
    table.overwritten,
  );
  yield* overwrite(writes.overwrite.filter(saysEnabled), [...table.overwritten, table.name('enabled')]);

  const times = ['removedAt', 'updatedAt'].map(
    (property, index) => `${table.column(property)} = ${dialect.placeholder(index + 1)}`,
  );
  for (const ids of idLists(writes.disable)) {
    yield {
      sql: `UPDATE ${table.path} SET ${times.join(', ')} WHERE ${idIn(table, dialect, ids, times.length)}`,
      parameters: [writes.at, writes.at, ...ids],
    };
  }
  for (const ids of idLists(writes.delete)) {
    yield { sql: `DELETE FROM ${table.path} WHERE ${idIn(table, dialect, ids, 0)}`, parameters: ids };
  }
}

/** Locks rows until the transaction ends and checks that they are unchanged since they were read. */
function* lockAsRead(
  table: ConnectionConfigTable,
  dialect: Dialect,
  seen: readonly StoredRow[],
): Script<void> {
  const before = new Map(seen.map((row) => [row.id, row]));
  for (const ids of idLists(seen)) {
    const { rows } = yield {
      sql:
        `${table.select()} WHERE ${idIn(table, dialect, ids, 0)} ` +
        `ORDER BY ${table.column('name')}${dialect.rowLock}`,
      parameters: ids,
    };
    const current = rows.map((values) => storedRowShape.row(values));
    const isUntouched = (row: StoredRow) => isAsRead(row, before.get(row.id) ?? row);
    if (current.length !== ids.length || !current.every(isUntouched)) throw new StaleRows();
  }
}

function touchedRows(writes: SyncWrites): StoredRow[] {
  return [...writes.overwrite.map(({ stored }) => stored), ...writes.disable, ...writes.delete].toSorted(
    byName,
  );
}

function idIn(
  table: ConnectionConfigTable,
  dialect: Dialect,
  ids: readonly string[],
  before: number,
): string {
  const places = ids.map((_, index) => dialect.placeholder(before + index + 1));
  return `${table.column('id')} IN (${places.join(', ')})`;
}

function* idLists(rows: readonly StoredRow[]): Generator<string[]> {
  for (let start = 0; start < rows.length; start += IDS_IN_ONE_STATEMENT) {
    yield rows.slice(start, start + IDS_IN_ONE_STATEMENT).map(({ id }) => id);
  }
}
