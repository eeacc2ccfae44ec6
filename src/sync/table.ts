/** The SQL names of the connection table, as the host's schema, prefix and naming strategy have them. */
import type { RowBatch } from '../database/engine';
import type { RowValues } from '../database/rows';
import type { ConnectionInsert, SyncWrites } from './port';
import type { StoredRow } from './row';
import { comparedColumns, readColumns } from './row';

/** What differs from one written row to the next. */
const writtenColumns = ['id', 'name', ...comparedColumns, 'enabled'] as const;

export class ConnectionConfigTable {
  /** What overwriting a row sets: all but its id, its name, `created_at` and `enabled`. */
  readonly overwritten: readonly string[];

  /**
   * @param path escaped
   * @param escape quotes a name
   * @param name of the column of a property, unquoted
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
    // Qualified: SQLite may take a quoted name that is no column for a text.
    const columns = readColumns.map((property) => `c.${this.column(property)} AS ${this.escape(property)}`);
    return `SELECT ${columns.join(', ')} FROM ${this.path} c`;
  }

  /**
   * A row that `select` has read, in the order of `readColumns`. Written out: over ten thousand rows, a loop over the
   * names takes as long as the query.
   */
  stored(values: RowValues): StoredRow {
    return {
      displayName: values[0],
      description: values[1],
      url: values[2],
      transport: values[3],
      authType: values[4],
      oauthClientId: values[5],
      oauthAuthorizeUrl: values[6],
      oauthTokenUrl: values[7],
      oauthRedirectUri: values[8],
      oauthScopes: values[9],
      oauthOptions: values[10],
      iconUrl: values[11],
      extraConfig: values[12],
      id: values[13],
      name: values[14],
      enabled: Boolean(Number(values[15])),
      managedBy: values[16],
      removedAt: values[17],
    } as StoredRow;
  }

  /** Rows that come in, and go over one that is there, as this source writes them at this instant. */
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
