/** The end of the application: nothing is under way any more when the DataSource is destroyed. */
import type { BeforeApplicationShutdown, OnApplicationShutdown } from '@nestjs/common';
import { Inject, Injectable } from '@nestjs/common';
import { Connections } from '../connections/connections';
import { MetadataStore } from '../store/metadata-store';

@Injectable()
export class ConnectionsShutdown implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(MetadataStore) private readonly store: MetadataStore,
  ) {}

  /**
   * Modules that are imported more deeply than this one end later, and may still refresh a token. No hook of Nest's comes after all of
   * theirs and before the one in which TypeORM's module destroys the DataSource.
   */
  beforeApplicationShutdown(): void {
    const { dataSource } = this.store;
    const destroy = dataSource.destroy.bind(dataSource);
    dataSource.destroy = async () => {
      dataSource.destroy = destroy;
      // Not the store: where it has opened the DataSource, it is the one that destroys it, and would wait for itself.
      await this.connections.close();
      await destroy();
    };
  }

  /** A host may have a DataSource that it does not destroy. */
  async onApplicationShutdown(): Promise<void> {
    try {
      await this.connections.close();
    } finally {
      await this.store.close();
    }
  }
}
