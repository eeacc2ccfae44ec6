/**
 * Makes one of our tables where the host wants it: schema, prefix and naming strategy come from the DataSource, the
 * shape from a frozen definition. Columns whose property a later entity no longer has keep the name given here.
 */
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { Table } from 'typeorm';
import type { TextEncoding } from '../database/engine';
import { engineOf } from '../database/engine';
import { ConnectionsError, quote } from '../errors';
import { dataSourceOf } from '../typeorm';

export interface OwnColumn {
  /** Property of the entity. */
  readonly property: string;
  /** Name of the column unless a naming strategy says otherwise. */
  readonly name: string;
  readonly type: 'varchar' | 'text' | 'boolean' | 'integer';
  readonly length?: number;
  readonly primary?: true;
  readonly nullable?: true;
  readonly default?: string;
}

export interface OwnTable {
  readonly entity: new () => object;
  readonly columns: readonly OwnColumn[];
  /** By property, the unique ones first. */
  readonly indexes: readonly { readonly properties: readonly string[]; readonly unique?: true }[];
}

/**
 * Makes the table, or makes sure that one which stands there is ours.
 * @throws ConnectionsError `tables_foreign` when a table of that name lacks our columns
 */
export async function createOwnTable(queryRunner: QueryRunner, own: OwnTable): Promise<void> {
  const dataSource = dataSourceOf(queryRunner);
  const { tablePath, tableName } = dataSource.getMetadata(own.entity);
  const nameOf = columnNames(queryRunner, own);
  const present = (await queryRunner.hasTable(tablePath)) ? await queryRunner.getTable(tablePath) : undefined;
  if (present) {
    const missing = own.columns
      .map(({ property }) => nameOf(property))
      .filter((name) => !present.columns.some((column) => column.name === name));
    if (missing.length === 0) return;
    throw new ConnectionsError(
      'tables_foreign',
      `There is a table ${quote(tablePath)} that is not ours: it has no ${missing.map((name) => quote(name)).join(', ')}. ` +
        'Nothing was changed. Rename or drop that table, or give the DataSource an `entityPrefix` or another `schema`.',
    );
  }
  const encoding = await engineOf(dataSource).byteExactText(queryRunner);
  const table = new Table({
    name: tablePath,
    columns: own.columns.map((column) =>
      columnOptions(queryRunner, column, nameOf(column.property), encoding),
    ),
    indices: own.indexes.map(({ properties, unique }) => {
      const columns = properties.map(nameOf);
      return {
        name: dataSource.namingStrategy.indexName(tableName, columns),
        columnNames: columns,
        isUnique: unique === true,
      };
    }),
  });
  await queryRunner.createTable(table);
}

/** Drops the table if it is there. */
export async function dropOwnTable(queryRunner: QueryRunner, own: OwnTable): Promise<void> {
  await queryRunner.dropTable(dataSourceOf(queryRunner).getMetadata(own.entity).tablePath, true);
}

function columnNames(queryRunner: QueryRunner, own: OwnTable): (property: string) => string {
  const metadata = dataSourceOf(queryRunner).getMetadata(own.entity);
  const names = new Map(
    own.columns.map(({ property, name }) => [
      property,
      metadata.findColumnWithPropertyName(property)?.databaseName ?? name,
    ]),
  );
  return (property) => names.get(property) as string;
}

function columnOptions(
  queryRunner: QueryRunner,
  column: OwnColumn,
  name: string,
  encoding: TextEncoding | null,
): TableColumnOptions {
  const isText = column.type === 'varchar' || column.type === 'text';
  return {
    name,
    type: dataSourceOf(queryRunner).driver.normalizeType({ type: column.type }),
    ...(column.length !== undefined && { length: String(column.length) }),
    ...(column.default !== undefined && { default: column.default }),
    isPrimary: column.primary === true,
    isNullable: column.nullable === true,
    ...(isText && encoding !== null && encoding),
  };
}
