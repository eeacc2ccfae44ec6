/** The DataSource behind a store: the host's own, or one made from options; it closes only what it opened. */
import type { DataSourceOptions, MixedList } from 'typeorm';
import { DataSource } from 'typeorm';
import { connectionEntities } from '../entities';

type EntityList = NonNullable<DataSourceOptions['entities']>;

export class StoreDataSource {
  readonly dataSource: DataSource;
  private opened = false;

  /** @param given a DataSource, initialised or not; or options, to which our entities are added if they lack them */
  constructor(given: DataSource | DataSourceOptions) {
    this.dataSource = isDataSource(given)
      ? given
      : new DataSource({ ...given, entities: withOurs(given.entities ?? []) });
  }

  async open(): Promise<void> {
    if (this.dataSource.isInitialized) return;
    await this.dataSource.initialize();
    this.opened = true;
  }

  async close(): Promise<void> {
    if (!this.opened) return;
    this.opened = false;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

function isDataSource(given: DataSource | DataSourceOptions): given is DataSource {
  return 'initialize' in given;
}

function withOurs(given: EntityList): EntityList {
  const listed: unknown[] = Array.isArray(given) ? given : Object.values(given);
  return [...listed, ...connectionEntities.filter((entity) => !listed.includes(entity))] as MixedList<never>;
}
