/**
 * Stores, in a table of its own, which tables the migrations created and what the adopted ones were before, so that an
 * adoption can continue after a crash on engines where DDL commits by itself, and so that a revert drops and restores these
 * tables and no others.
 */
import type { TableColumnOptions } from 'typeorm';
import { Table } from 'typeorm';
import type { MigrationContext } from '../../database/migration-context';
import { bareName } from '../../database/names';
import type { FoundTable } from './foreign-table';

/** In place of a shape, for a table that the migrations created. */
const CREATED = 'created';

/** Tables go by their bare names: the record is in their schema, which a host may name later than its search path did. */
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

  /** @returns undefined for a table that was not adopted */
  async read(tablePath: string): Promise<FoundTable | undefined> {
    const found = await this.find(tablePath);
    return found === CREATED ? undefined : found;
  }

  async isCreated(tablePath: string): Promise<boolean> {
    return (await this.find(tablePath)) === CREATED;
  }

  async write(tablePath: string, found: FoundTable): Promise<void> {
    await this.replace(tablePath, found);
  }

  /** Called before the table is created, so that a revert finds it whenever the creation stops. */
  async writeCreated(tablePath: string): Promise<void> {
    await this.replace(tablePath, CREATED);
  }

  /** Drops the record, after everything in it was reverted. */
  async drop(): Promise<void> {
    await this.context.queryRunner.dropTable(this.table, true);
  }

  private async find(tablePath: string): Promise<FoundTable | typeof CREATED | undefined> {
    const { context } = this;
    if (!(await context.queryRunner.hasTable(this.table))) return undefined;
    const [row] = await context.read({
      sql:
        `SELECT ${context.escape('found')} FROM ${context.path(this.table)} ` +
        `WHERE ${context.escape('table_name')} = ${context.dialect.placeholder(1)}`,
      parameters: [bareName(tablePath)],
    });
    return row && (JSON.parse(row[0] as string) as FoundTable | typeof CREATED);
  }

  private async replace(tablePath: string, found: FoundTable | typeof CREATED): Promise<void> {
    const { context } = this;
    const { placeholder } = context.dialect;
    await this.create();
    const path = context.path(this.table);
    const [key, value] = [context.escape('table_name'), context.escape('found')];
    await context.write({
      sql: `DELETE FROM ${path} WHERE ${key} = ${placeholder(1)}`,
      parameters: [bareName(tablePath)],
    });
    await context.write({
      sql: `INSERT INTO ${path} (${key}, ${value}) VALUES (${placeholder(1)}, ${placeholder(2)})`,
      parameters: [bareName(tablePath), JSON.stringify(found)],
    });
  }

  private async create(): Promise<void> {
    const { dataSource, queryRunner, catalogue } = this.context;
    // A comment or a default may have characters that the database's own character set does not have.
    const encoding = (await catalogue.byteExactText(queryRunner)) ?? {};
    const columns: TableColumnOptions[] = [
      { name: 'table_name', type: 'varchar', length: '255', isPrimary: true, ...encoding },
      { name: 'found', type: dataSource.driver.normalizeType({ type: 'text' }), ...encoding },
    ];
    await queryRunner.createTable(new Table({ name: this.table, columns }), true);
  }
}
