/** A table's path, as TypeORM's metadata has it, in the form that SQL takes. */
import type { DataSource } from 'typeorm';

export function escapedPath(dataSource: DataSource, path: string): string {
  return path
    .split('.')
    .map((part) => dataSource.driver.escape(part))
    .join('.');
}
