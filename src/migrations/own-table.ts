/**
 * Resolves a frozen table definition for one DataSource, which determines schema, prefix and column names. A column whose
 * property a later entity no longer has keeps the name in the definition.
 */
import type { TableColumnOptions } from 'typeorm';
import { Table } from 'typeorm';
import type { TextEncoding } from '../database/catalogue';
import type { MigrationContext } from '../database/migration-context';
import { ConnectionConfig } from '../entities';

export interface OwnColumn {
  /** Property name in the entity. */
  readonly property: string;
  /** Name of the column, unless a naming strategy gives another. */
  readonly name: string;
  readonly type: 'varchar' | 'text' | 'boolean' | 'integer';
  readonly length?: number;
  readonly primary?: true;
  readonly nullable?: true;
  readonly default?: string;
  /** Whether a table without this column is not adopted, because it must serve another purpose. */
  readonly identifying?: true;
  /** For an instant: whether other programs wrote it in UTC or, without an offset, in their local time zone. */
  readonly instant?: 'utc' | 'local';
  /** SQL literal that replaces NULL in an adopted table; an instant without one gets the current time. */
  readonly fill?: string;
  /** Whether it holds JSON, so that an adopted column may be of a JSON type. */
  readonly json?: true;
  /** What we write here. A table with other values in a column of that name is not adopted: they mean something else. */
  readonly accepts?: RegExp;
}

interface OwnIndex {
  /** In the order of the index. */
  readonly properties: readonly string[];
  readonly unique?: true;
  /** Property that must not be NULL in indexed rows, on engines with partial indexes; elsewhere the index has every row. */
  readonly present?: string;
}

export interface OwnTable {
  readonly entity: new () => object;
  readonly columns: readonly OwnColumn[];
  readonly indexes: readonly OwnIndex[];
  /** Whether an adoption deletes the rows, which live for minutes and which we cannot read, and logs their number. */
  readonly shortLived?: true;
}

/** A frozen definition with the names and types of one DataSource. */
export interface ResolvedTable {
  readonly own: OwnTable;
  /** The table with all its columns and indexes. */
  readonly target: Table;
  readonly nameOf: (property: string) => string;
  /** Column name of the primary key. */
  readonly keyColumn: string;
  /** Table name of `ConnectionConfig`, without its schema. */
  readonly configTable: string;
}

/** The names of the columns that hold instants. */
export function instantNames({ own, nameOf }: ResolvedTable): ReadonlySet<string> {
  const instants = own.columns.filter(({ instant }) => instant !== undefined);
  return new Set(instants.map(({ property }) => nameOf(property)));
}

export async function resolveTable(context: MigrationContext, own: OwnTable): Promise<ResolvedTable> {
  const { dataSource, queryRunner, catalogue } = context;
  const metadata = dataSource.getMetadata(own.entity);
  const names = new Map(
    own.columns.map(({ property, name }) => [
      property,
      metadata.findColumnWithPropertyName(property)?.databaseName ?? name,
    ]),
  );
  const nameOf = (property: string) => names.get(property) ?? property;
  const encoding = await catalogue.byteExactText(queryRunner);
  const target = new Table({
    name: metadata.tablePath,
    columns: own.columns.map((column) => columnOptions(context, column, nameOf(column.property), encoding)),
    indices: own.indexes.map(({ properties, unique, present }) => {
      const columnNames = properties.map(nameOf);
      const name = dataSource.namingStrategy.indexName(metadata.tableName, columnNames);
      const where = present === undefined ? undefined : `${context.escape(nameOf(present))} IS NOT NULL`;
      return { name, columnNames, isUnique: unique === true, ...(where !== undefined && { where }) };
    }),
  });
  const keyColumn = nameOf(own.columns.find(({ primary }) => primary)?.property ?? 'id');
  return { own, target, nameOf, keyColumn, configTable: dataSource.getMetadata(ConnectionConfig).tableName };
}

function columnOptions(
  { dataSource }: MigrationContext,
  column: OwnColumn,
  name: string,
  encoding: TextEncoding | null,
): TableColumnOptions {
  const isText = column.type === 'varchar' || column.type === 'text';
  return {
    name,
    type: dataSource.driver.normalizeType({ type: column.type }),
    ...(column.length !== undefined && { length: String(column.length) }),
    ...(column.default !== undefined && { default: column.default }),
    isPrimary: column.primary === true,
    isNullable: column.nullable === true,
    ...(isText && encoding !== null && encoding),
  };
}
