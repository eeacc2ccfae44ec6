/** The connection table in SQL, with the names that the host's schema, prefix and naming strategy give. */
import type { RowBatch } from '../database/dialect';
import type { ConnectionInsert, SyncWrites } from './port';
import { comparedColumns, storedRowShape } from './row';

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
