/**
 * Stores the original shape of adopted tables in a table of its own, so that an adoption can continue after a crash on
 * engines where DDL commits by itself, and can be reverted. The table exists only while something is adopted.
 */
import type { QueryRunner } from 'typeorm';
import { Table } from 'typeorm';
import type { Statement, StatementResult } from '../../database/statement';
import { engineOf } from '../../database/engines';
import { escapedPath } from '../../database/path';
import { dataSourceOf } from '../../typeorm';

interface FoundColumn {
  readonly name: string;
  /** Full type in the engine's words, such as `character varying(64)`. */
  readonly type: string;
  readonly nullable: boolean;
  /** Whether its values are instants that do not depend on a time zone. */
  readonly absolute: boolean;
}

/** The shape of a table before its adoption. */
export interface FoundTable {
  readonly columns: readonly FoundColumn[];
  /** Columns of the unique keys that our keys replaced. */
  readonly uniques: readonly (readonly string[])[];
  /** IANA name of the zone in which `created_at` and `updated_at` were read. */
  readonly zone: string;
}

export class AdoptionRecord {
  private readonly dataSource;
  private readonly table: string;

  constructor(private readonly queryRunner: QueryRunner) {
    this.dataSource = dataSourceOf(queryRunner);
    const { schema, entityPrefix = '' } = this.dataSource.options as {
      schema?: string;
      entityPrefix?: string;
    };
    const name = `${entityPrefix}connection_adoptions`;
    this.table = schema === undefined ? name : `${schema}.${name}`;
  }

  async read(tableName: string): Promise<FoundTable | undefined> {
    if (!(await this.queryRunner.hasTable(this.table))) return undefined;
    const { rows } = await this.send({
      sql: `SELECT ${this.escape('found')} FROM ${this.path} WHERE ${this.escape('table_name')} = ${this.placeholder(1)}`,
      parameters: [tableName],
    });
    return rows[0] && (JSON.parse(rows[0][0] as string) as FoundTable);
  }

  async write(tableName: string, found: FoundTable): Promise<void> {
    const { driver } = this.dataSource;
    const columns = [
      { name: 'table_name', type: 'varchar', length: '255', isPrimary: true },
      { name: 'found', type: driver.normalizeType({ type: 'text' }) },
    ];
    await this.queryRunner.createTable(new Table({ name: this.table, columns }), true);
    await this.send({
      sql:
        `INSERT INTO ${this.path} (${this.escape('table_name')}, ${this.escape('found')}) ` +
        `VALUES (${this.placeholder(1)}, ${this.placeholder(2)})`,
      parameters: [tableName, JSON.stringify(found)],
    });
  }

  /** Drops the table, after every adoption was reverted. */
  async drop(): Promise<void> {
    await this.queryRunner.dropTable(this.table, true);
  }

  private get path(): string {
    return escapedPath(this.dataSource, this.table);
  }

  private escape(name: string): string {
    return this.dataSource.driver.escape(name);
  }

  private send(statement: Statement): Promise<StatementResult> {
    return engineOf(this.dataSource).schema.send(this.queryRunner, statement);
  }

  private placeholder(position: number): string {
    return engineOf(this.dataSource).dialect.placeholder(position);
  }
}
