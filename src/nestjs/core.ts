/** What the module provides: a store that is ready, `Connections` over it, and their end. */
import type { InjectionToken, OnApplicationShutdown, Provider } from '@nestjs/common';
import { Inject, Injectable, Logger, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Connections } from '../connections/connections';
import { connectionsHandler } from '../http/handler';
import { MetadataStore } from '../store/metadata-store';
import { ConnectionsHealthIndicator } from './health-indicator';
import { sortOptions } from './option-checks';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from './options';
import { routesPath } from './platform';
import type { RoutesContext } from './platform';
import { ROUTES_HANDLER, USER_OF_REQUEST } from './tokens';

/** Holds the providers; what it exports is what `ConnectionsModule` exports. */
@Module({})
export class ConnectionsCore {}

/** Ends flows and refreshes once the HTTP server takes no more requests, while the DataSource is still there. */
@Injectable()
class ConnectionsShutdown implements OnApplicationShutdown {
  constructor(
    @Inject(Connections) private readonly connections: Connections,
    @Inject(MetadataStore) private readonly store: MetadataStore,
  ) {}

  async onApplicationShutdown(): Promise<void> {
    try {
      await this.connections.close();
    } finally {
      await this.store.close();
    }
  }
}

/** @param optionsToken provides the options of the module */
export function coreProviders(optionsToken: InjectionToken, extras: ConnectionsModuleExtras): Provider[] {
  const { dataSource = 'default', store: Store = MetadataStore, routes, user } = extras;
  const logger = new Logger('Connections');
  const sorted = (options: ConnectionsModuleOptions) => {
    const log = { logger: options.logger ?? logger };
    return { ...sortOptions(options, routes !== undefined), log };
  };
  const providers: Provider[] = [
    {
      provide: MetadataStore,
      inject: [optionsToken, dataSourceToken(dataSource)],
      useFactory: async (options: ConnectionsModuleOptions, source: DataSource) => {
        const { store, log } = sorted(options);
        return new Store({ ...store, ...log, dataSource: source }).initialize();
      },
    },
    {
      provide: Connections,
      inject: [optionsToken, MetadataStore],
      useFactory: (options: ConnectionsModuleOptions, store: MetadataStore) => {
        const { connections, log } = sorted(options);
        const callbackPath = connections.callbackPath ?? (routes && `${routesPath(routes)}/{name}/callback`);
        return new Connections(store, { ...connections, callbackPath, ...log });
      },
    },
    ConnectionsShutdown,
    ConnectionsHealthIndicator,
    { provide: USER_OF_REQUEST, useValue: user ?? null },
  ];
  if (Store !== MetadataStore) providers.push({ provide: Store, useExisting: MetadataStore });
  if (routes !== undefined && user !== undefined)
    providers.push({
      provide: ROUTES_HANDLER,
      inject: [optionsToken, Connections],
      useFactory: (options: ConnectionsModuleOptions, connections: Connections) => {
        const { routes: ofHandler, log } = sorted(options);
        return connectionsHandler<RoutesContext>(connections, {
          ...ofHandler,
          ...log,
          basePath: routesPath(routes),
          user: async (_, { request }) => user(request),
        });
      },
    });
  return providers;
}

export function exportedTokens({ store, routes }: ConnectionsModuleExtras): InjectionToken[] {
  const tokens: InjectionToken[] = [Connections, MetadataStore, ConnectionsHealthIndicator, USER_OF_REQUEST];
  if (store !== undefined && store !== MetadataStore) tokens.push(store);
  if (routes !== undefined) tokens.push(ROUTES_HANDLER);
  return tokens;
}

/** As `getDataSourceToken` of `@nestjs/typeorm` makes it, which this package does without. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}
