/** What the two TypeORM majors name differently; everything else we use is the same in both. */
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/** The DataSource behind a query runner or an entity manager: `.dataSource` in 1.x, `.connection` in 0.3. */
export function dataSourceOf(owner: QueryRunner | EntityManager): DataSource {
  const named = owner as unknown as { dataSource?: DataSource; connection?: DataSource };
  return (named.dataSource ?? named.connection) as DataSource;
}
