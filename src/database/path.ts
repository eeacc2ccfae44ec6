/** Names and texts of the host's own DataSource in the form that SQL takes. */
import type { DataSource, EntityMetadata } from 'typeorm';

/** A table's path, as TypeORM's metadata has it, each part quoted. */
export function escapedPath(dataSource: DataSource, path: string): string {
  return path
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** The column of a property, as the host's naming strategy has it. */
export function columnName(metadata: EntityMetadata, property: string): string {
  return metadata.findColumnWithPropertyName(property)?.databaseName ?? property;
}

/** The escaped column of each property, found once: looking it up takes longer than the text around it. */
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

/** A name in double quotes, as PostgreSQL and SQLite have it. */
export function doubleQuoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A text in single quotes, for a name that a statement compares with; never for values from outside. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
