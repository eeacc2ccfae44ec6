/** What a DataSource needs before this package can use it. */
import type { DataSource } from 'typeorm';
import { ConnectionsError } from '../errors';
import { connectionEntities } from './index';

/** @throws ConnectionsError `data_source_not_initialized` or `entities_not_registered` */
export function requireEntities(dataSource: DataSource): void {
  requireInitialized(dataSource);
  const missing = connectionEntities.filter((entity) => !dataSource.hasMetadata(entity));
  if (missing.length === 0) return;
  throw new ConnectionsError(
    'entities_not_registered',
    `The DataSource has no entity ${missing.map(({ name }) => name).join(', ')}. ` +
      'Add `...connectionEntities` to its `entities`, for example `entities: [User, ...connectionEntities]`.',
  );
}

/** @throws ConnectionsError `data_source_not_initialized` */
export function requireInitialized(dataSource: DataSource): void {
  if (dataSource?.isInitialized) return;
  throw new ConnectionsError(
    'data_source_not_initialized',
    'The DataSource is not initialized. Call `await dataSource.initialize()` first, or ' +
      '`await new MetadataStore({ dataSource }).initialize()`, which also creates the tables.',
  );
}
