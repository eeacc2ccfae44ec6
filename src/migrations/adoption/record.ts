/**
 * Stores the original shape of adopted tables in a table of its own, so that an adoption can continue after a crash on
 * engines where DDL commits by itself, and can be reverted. The table exists only while something is adopted.
 */
import { Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import type { FoundColumn, FoundKey } from '../../database/table-shape';

/** The shape of a table before its adoption. */
export interface FoundTable {
  readonly columns: readonly FoundColumn[];
  readonly keys: readonly FoundKey[];
  /** IANA name of the zone in which `created_at` and `updated_at` were read. */
  readonly zone: string;
}

export class AdoptionRecord {
  private readonly table: string;

  constructor(private readonly context: MigrationContext) {
    const { schema, entityPrefix = '' } = context.dataSource.options as {
      schema?: string;
      entityPrefix?: string;
    };
    const name = `${entityPrefix}connection_adoptions`;
    this.table = schema === undefined ? name : `${schema}.${name}`;
  }

  async read(tableName: string): Promise<FoundTable | undefined> {
    const { context } = this;
    if (!(await context.queryRunner.hasTable(this.table))) return undefined;
    const [row] = await context.read({
      sql:
        `SELECT ${context.escape('found')} FROM ${context.path(this.table)} ` +
        `WHERE ${context.escape('table_name')} = ${context.dialect.placeholder(1)}`,
      parameters: [tableName],
    });
    return row && (JSON.parse(row[0] as string) as FoundTable);
  }

  async write(tableName: string, found: FoundTable): Promise<void> {
    const { context } = this;
    const { driver } = context.dataSource;
    const columns = [
      { name: 'table_name', type: 'varchar', length: '255', isPrimary: true },
      { name: 'found', type: driver.normalizeType({ type: 'text' }) },
    ];
    await context.queryRunner.createTable(new Table({ name: this.table, columns }), true);
    const { placeholder } = context.dialect;
    await context.write({
      sql:
        `INSERT INTO ${context.path(this.table)} (${context.escape('table_name')}, ${context.escape('found')}) ` +
        `VALUES (${placeholder(1)}, ${placeholder(2)})`,
      parameters: [tableName, JSON.stringify(found)],
    });
  }

  /** Drops the table, after every adoption was reverted. */
  async drop(): Promise<void> {
    await this.context.queryRunner.dropTable(this.table, true);
  }
}
