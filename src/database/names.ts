/** Quotes names and texts for SQL, and finds the column names of the host's DataSource. */
import type { DataSource, EntityMetadata } from 'typeorm';

/** A table path from TypeORM's metadata, with each part quoted. */
export function escapedPath(dataSource: DataSource, path: string): string {
  return path
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** The name of a table without its schema. */
export function bareName(tablePath: string): string {
  return tablePath.split('.').at(-1) ?? tablePath;
}

/** The column name of a property, under the host's naming strategy. */
export function columnName(metadata: EntityMetadata, property: string): string {
  return metadata.findColumnWithPropertyName(property)?.databaseName ?? property;
}

/** Returns the escaped column name of a property. Names are cached, since TypeORM's look-up is slow. */
export function escapedColumns(
  dataSource: DataSource,
  metadata: EntityMetadata,
): (property: string) => string {
  const known = new Map<string, string>();
  return (property) => {
    const column = known.get(property) ?? dataSource.driver.escape(columnName(metadata, property));
    known.set(property, column);
    return column;
  };
}

/** A quoted name for PostgreSQL and SQLite. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A quoted name for MariaDB and MySQL. */
export function backquoted(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

/** A text literal, for names of tables and schemas; never for values from outside. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
