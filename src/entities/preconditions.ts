/** What must be true of a DataSource before anything here can work, said with the call that makes it so. */
import type { DataSource } from 'typeorm';
import { ConnectionsError } from '../errors';
import { connectionEntities } from './index';

/** @throws ConnectionsError `data_source_not_initialized` or `entities_not_registered` */
export function requireEntities(dataSource: DataSource): void {
  if (!dataSource.isInitialized) {
    throw new ConnectionsError(
      'data_source_not_initialized',
      'The DataSource is not initialised. Call `await dataSource.initialize()` first, or let ' +
        '`await new MetadataStore({ dataSource }).initialize()` do every step in order.',
    );
  }
  const missing = connectionEntities.filter((entity) => !dataSource.hasMetadata(entity));
  if (missing.length === 0) return;
  throw new ConnectionsError(
    'entities_not_registered',
    `The DataSource does not know ${missing.map(({ name }) => name).join(', ')}. ` +
      'Add `...connectionEntities` to its `entities`, as in `entities: [User, ...connectionEntities]`.',
  );
}
