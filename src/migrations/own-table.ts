/**
 * One of our tables as the host wants it: schema, prefix and naming strategy come from the DataSource, the shape from
 * a frozen definition. Columns whose property a later entity no longer has keep the name given here.
 */
import type { QueryRunner, TableColumnOptions } from 'typeorm';
import { Table } from 'typeorm';
import type { TextEncoding } from '../database/engine';
import { engineOf } from '../database/engine';
import { ConnectionConfig } from '../entities';
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
  /** A table of our name without this column is something else entirely. */
  readonly telling?: true;
  /** An instant; `local` if other programs wrote it without an offset in a zone of their own, else UTC. */
  readonly instant?: 'utc' | 'local';
  /** SQL literal for rows of an adopted table that have NULL here; an instant without one gets the present. */
  readonly fill?: string;
}

export interface OwnTable {
  readonly entity: new () => object;
  readonly columns: readonly OwnColumn[];
  /** By property. */
  readonly indexes: readonly { readonly properties: readonly string[]; readonly unique?: true }[];
  /** Rows live minutes and cannot be read by us: an adoption empties the table and says how many there were. */
  readonly shortLived?: true;
}

/** A frozen definition in the names and types of one DataSource. */
export interface ResolvedTable {
  readonly own: OwnTable;
  /** With every column and index as it is to be. */
  readonly target: Table;
  readonly nameOf: (property: string) => string;
  /** Name of the column that is the primary key. */
  readonly keyColumn: string;
  /** Name of the table of connections, without its schema. */
  readonly configTable: string;
}

export async function resolveTable(queryRunner: QueryRunner, own: OwnTable): Promise<ResolvedTable> {
  const dataSource = dataSourceOf(queryRunner);
  const metadata = dataSource.getMetadata(own.entity);
  const names = new Map(
    own.columns.map(({ property, name }) => [
      property,
      metadata.findColumnWithPropertyName(property)?.databaseName ?? name,
    ]),
  );
  const nameOf = (property: string) => names.get(property) ?? property;
  const encoding = await engineOf(dataSource).byteExactText(queryRunner);
  const target = new Table({
    name: metadata.tablePath,
    columns: own.columns.map((column) =>
      columnOptions(queryRunner, column, nameOf(column.property), encoding),
    ),
    indices: own.indexes.map(({ properties, unique }) => {
      const columnNames = properties.map(nameOf);
      const name = dataSource.namingStrategy.indexName(metadata.tableName, columnNames);
      return { name, columnNames, isUnique: unique === true };
    }),
  });
  const keyColumn = nameOf(own.columns.find(({ primary }) => primary)?.property ?? 'id');
  return { own, target, nameOf, keyColumn, configTable: dataSource.getMetadata(ConnectionConfig).tableName };
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
