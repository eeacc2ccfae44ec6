/** What is made of the options: a store, `Connections` over it, and the handler of the routes. */
import { Logger } from '@nestjs/common';
import type { DataSource } from 'typeorm';
import { Connections } from '../connections/connections';
import { connectionsHandler } from '../http/handler';
import type { ConnectionsHandler } from '../http/options';
import type { Logger as HostLogger } from '../logging';
import { MetadataStore } from '../store/metadata-store';
import { sortOptions } from './option-checks';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from './options';
import type { RoutesContext } from './platform';
import { routesPath } from './routes-paths';

export interface Parts {
  /** Initialized. */
  readonly store: MetadataStore;
  readonly connections: Connections;
  /** Null where the module has no routes. */
  readonly handler: ConnectionsHandler<RoutesContext> | null;
}

/**
 * Makes everything, so that each wrong option is refused, before the store changes the database.
 * @throws ConnectionsError `option_invalid`, and what `initialize` throws
 */
export async function startParts(
  options: ConnectionsModuleOptions,
  extras: ConnectionsModuleExtras,
  dataSource: DataSource,
): Promise<Parts> {
  const { store: Store = MetadataStore, routes } = extras;
  const sorted = sortOptions(options, routes !== undefined);
  const logger = loggerOf(options);
  const store = new Store({ ...sorted.store, logger, dataSource });
  const callbackPath = sorted.connections.callbackPath ?? (routes && `${routesPath(routes)}/{name}/callback`);
  const connections = new Connections(store, { ...sorted.connections, callbackPath, logger });
  const handler = handlerOf(options, extras, connections);
  await store.initialize();
  return { store, connections, handler };
}

/** @throws ConnectionsError `option_invalid` */
export function handlerOf(
  options: ConnectionsModuleOptions,
  { routes, user }: ConnectionsModuleExtras,
  connections: Connections,
): ConnectionsHandler<RoutesContext> | null {
  const sorted = sortOptions(options, routes !== undefined);
  if (routes === undefined || user === undefined) return null;
  return connectionsHandler<RoutesContext>(connections, {
    ...sorted.routes,
    logger: loggerOf(options),
    basePath: routesPath(routes),
    user: async (_, { request }) => user(request),
  });
}

/** @param options that nothing may have checked yet */
export function loggerOf(options: ConnectionsModuleOptions | undefined): HostLogger {
  return options?.logger ?? new Logger('Connections');
}
