/** Names and texts of the host's own DataSource in the form that SQL takes. */
import type { DataSource } from 'typeorm';

/** A table's path, as TypeORM's metadata has it, each part quoted. */
export function escapedPath(dataSource: DataSource, path: string): string {
  return path
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}

/** A text in single quotes, for a name that a statement compares with; never for values from outside. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
