/** Whether the connections can be used, as `@nestjs/terminus` asks for it, without a dependency on it. */
import { Inject, Injectable } from '@nestjs/common';
import { MetadataStore } from '../store/metadata-store';

/** What an indicator of `@nestjs/terminus` says: `up` or `down`, and why, under a key. */
export type ConnectionsHealth<Key extends string = string> = Record<
  Key,
  {
    /** `down` when no connection can be used, or not as the document says. */
    readonly status: 'up' | 'down';
    /** Why it is `down`. */
    readonly message?: string;
    /** Code of the error with which the latest sync failed. */
    readonly code?: string;
    /** Connections whose entry in the document has an error; the others can be used. */
    readonly rejected?: readonly string[];
  }
>;

/** A health indicator for `@nestjs/terminus`. Sends no request and no statement: the indicator of TypeORM asks the database. */
@Injectable()
export class ConnectionsHealthIndicator {
  /** Called by Nest. */
  constructor(@Inject(MetadataStore) private readonly store: MetadataStore) {}

  /**
   * Down while the DataSource is closed, the latest sync has failed, or the document could not be read.
   * @param key under which the result stands; default `connections`
   * @example
   * const { connections } = indicator.isHealthy(); // `health.check([() => indicator.isHealthy()])` of a `HealthCheckService`
   * if (connections.status === 'down') console.error(connections.message);
   */
  isHealthy<Key extends string = 'connections'>(key = 'connections' as Key): ConnectionsHealth<Key> {
    return { [key]: this.#health() } as ConnectionsHealth<Key>;
  }

  #health(): ConnectionsHealth[string] {
    const { dataSource, lastSync } = this.store;
    if (!dataSource.isInitialized) return { status: 'down', message: 'The DataSource is closed.' };
    if (lastSync === undefined) return { status: 'up' };
    if (!lastSync.ok) {
      const { code } = lastSync.error;
      return { status: 'down', code, message: 'The latest sync failed; the log says why.' };
    }
    const { readable, rejected } = lastSync.report;
    if (!readable) return { status: 'down', message: 'The document could not be read; the log says why.' };
    return rejected.length === 0
      ? { status: 'up' }
      : { status: 'up', rejected: rejected.map(({ name }) => name) };
  }
}
