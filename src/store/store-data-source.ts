/** The DataSource of a store: the host's own, or one made from its options. Only what was opened here is closed here. */
import type { DataSourceOptions, MixedList } from 'typeorm';
import { DataSource } from 'typeorm';
import { connectionEntities } from '../entities';
import { servedType } from '../database/data-source-type';
import { explainDriverFailure } from '../database/driver-failure';

type EntityList = NonNullable<DataSourceOptions['entities']>;

/** Two stores may have the same DataSource, and must not both initialize it. */
const openings = new WeakMap<DataSource, Promise<unknown>>();

export class StoreDataSource {
  readonly dataSource: DataSource;
  private ownsConnection = false;
  private isUsed = false;

  /**
   * @param given a DataSource, initialized or not; or options, to which our entities are added where they are missing
   * @throws ConnectionsError `engine_unsupported` or `driver_unusable`
   */
  constructor(given: DataSource | DataSourceOptions) {
    // Before TypeORM loads the driver of another type, which may not be installed.
    servedType(isDataSource(given) ? given.options : given);
    this.dataSource = isDataSource(given) ? given : dataSourceFrom(given);
  }

  /** Whether other code has destroyed the DataSource that this store uses. */
  get isLost(): boolean {
    return this.isUsed && !this.dataSource.isInitialized;
  }

  /** @throws ConnectionsError `driver_unusable`, or TypeORM's own error when it cannot connect */
  async open(): Promise<void> {
    // When an opening fails, one of the stores that waited for it tries again, and the others wait for that one.
    for (let other = openings.get(this.dataSource); other; other = openings.get(this.dataSource)) {
      await other.catch(() => undefined);
    }
    if (!this.dataSource.isInitialized) {
      const run = this.dataSource.initialize();
      openings.set(this.dataSource, run);
      await run
        .catch((error: unknown) => {
          throw explainDriverFailure(error, this.dataSource.options);
        })
        .finally(() => openings.delete(this.dataSource));
      this.ownsConnection = true;
    }
    this.isUsed = true;
  }

  async close(): Promise<void> {
    this.isUsed = false;
    if (!this.ownsConnection) return;
    this.ownsConnection = false;
    if (this.dataSource.isInitialized) await this.dataSource.destroy();
  }
}

function isDataSource(given: DataSource | DataSourceOptions): given is DataSource {
  return 'initialize' in given;
}

function dataSourceFrom(options: DataSourceOptions): DataSource {
  try {
    return new DataSource({ ...options, entities: withOurs(options.entities ?? []) });
  } catch (error) {
    throw explainDriverFailure(error, options);
  }
}

function withOurs(given: EntityList): EntityList {
  const listed: unknown[] = Array.isArray(given) ? given : Object.values(given);
  return [...listed, ...connectionEntities.filter((entity) => !listed.includes(entity))] as MixedList<never>;
}
