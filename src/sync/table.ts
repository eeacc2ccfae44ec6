/** The connection table in SQL, with the names that the host's schema, prefix and naming strategy give. */
import type { RowBatch } from '../database/engine';
import type { RowValues } from '../database/rows';
import type { ConnectionInsert, SyncWrites } from './port';
import type { StoredRow } from './row';
import { comparedColumns, readColumns } from './row';

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
    const columns = readColumns.map((property) => `c.${this.column(property)} AS ${this.escape(property)}`);
    return `SELECT ${columns.join(', ')} FROM ${this.path} c`;
  }

  /**
   * Converts a row of `select`, whose values are in the order of `readColumns`. Written out because, for ten thousand
   * rows, a loop over the names takes as long as the query.
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
