/** What a migration works with: one object for each run. */
import type { DataSource, QueryRunner } from 'typeorm';
import type { Log } from '../logging';
import { createLog } from '../logging';
import { dataSourceOf } from '../typeorm';
import type { Catalogue, TableShape } from './catalogue';
import type { ColumnValues } from './column-values';
import type { Dialect } from './dialect';
import type { Engine } from './engine';
import { engineOf } from './engines';
import { escapedPath } from './names';
import type { SchemaTools } from './schema-tools';
import type { RowValues, Statement } from './statement';

/** What the caller of the migrations has decided. */
export interface MigrationChoices {
  readonly log: Log;
  /** IANA name of the zone of `created_at` and `updated_at` values without an offset. */
  readonly legacyTimeZone: string;
  /** Whether the run holds the lock under which another program's tables may be adopted. */
  readonly mayAdopt: boolean;
}

export class MigrationContext {
  readonly dataSource: DataSource;
  /** Name of the engine in messages. */
  readonly label: string;
  readonly dialect: Dialect;
  readonly catalogue: Catalogue;
  readonly columnValues: ColumnValues;
  readonly schema: SchemaTools;
  readonly failure: Engine['failure'];
  readonly log: Log;
  readonly legacyTimeZone: string;
  readonly mayAdopt: boolean;

  constructor(
    readonly queryRunner: QueryRunner,
    { log, legacyTimeZone, mayAdopt }: MigrationChoices,
  ) {
    this.dataSource = dataSourceOf(queryRunner);
    const { label, dialect, catalogue, columnValues, schema, failure } = engineOf(this.dataSource);
    this.label = label;
    this.dialect = dialect;
    this.catalogue = catalogue;
    this.columnValues = columnValues;
    this.schema = schema;
    this.failure = failure;
    this.log = log;
    this.legacyTimeZone = legacyTimeZone;
    this.mayAdopt = mayAdopt;
  }

  /** The name of a column, quoted. */
  escape(name: string): string {
    return this.dataSource.driver.escape(name);
  }

  /** The path of a table, quoted. */
  path(tablePath: string): string {
    return escapedPath(this.dataSource, tablePath);
  }

  /** What a table is made of now. */
  shapeOf(tablePath: string): Promise<TableShape> {
    return this.catalogue.shapeOf(this.queryRunner, tablePath);
  }

  /** @returns the rows of a SELECT */
  async read(statement: Statement): Promise<readonly RowValues[]> {
    return (await this.schema.send(this.queryRunner, statement)).rows;
  }

  /** @returns how many rows fulfil a condition */
  async count(tablePath: string, condition: string): Promise<number> {
    const [count = 0] = await this.counts(tablePath, [condition]);
    return count;
  }

  /** @returns how many rows fulfil each of the conditions, in one reading of the table */
  async counts(tablePath: string, conditions: readonly string[]): Promise<number[]> {
    if (conditions.length === 0) return [];
    const listed = conditions
      .map((one, index) => `SUM(CASE WHEN ${one} THEN 1 ELSE 0 END) AS n${index}`)
      .join(', ');
    const [row = []] = await this.read({ sql: `SELECT ${listed} FROM ${this.path(tablePath)}` });
    return row.map(Number);
  }

  /** @returns how many rows were changed or deleted */
  async write(statement: Statement): Promise<number> {
    return (await this.schema.send(this.queryRunner, statement)).affected;
  }
}

const contexts = new WeakMap<QueryRunner, MigrationContext>();

/** Runs `work`, whose migrations find the context that is made here. */
export async function inMigrationContext<Result>(
  queryRunner: QueryRunner,
  choices: MigrationChoices,
  work: () => Promise<Result>,
): Promise<Result> {
  contexts.set(queryRunner, new MigrationContext(queryRunner, choices));
  try {
    return await work();
  } finally {
    contexts.delete(queryRunner);
  }
}

/** The context of a run; for a migration that TypeORM's own runner executes, one without the right to adopt. */
export function migrationContext(queryRunner: QueryRunner): MigrationContext {
  return (
    contexts.get(queryRunner) ??
    new MigrationContext(queryRunner, { log: createLog(), legacyTimeZone: 'UTC', mayAdopt: false })
  );
}
