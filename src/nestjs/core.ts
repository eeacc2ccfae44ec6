/** What the module provides: a store that is ready, `Connections` over it, and the handler of the routes. */
import type { InjectionToken, Provider, Type } from '@nestjs/common';
import { Injectable, Logger, Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Connections } from '../connections/connections';
import { connectionsHandler } from '../http/handler';
import type { ConnectionsHandler } from '../http/options';
import type { Logger as HostLogger } from '../logging';
import { optionInvalid } from '../options';
import { MetadataStore } from '../store/metadata-store';
import { ConnectionsHealthIndicator } from './health-indicator';
import { sortOptions } from './option-checks';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from './options';
import { routesPath } from './platform';
import type { RoutesContext } from './platform';
import { ConnectionsShutdown } from './shutdown';

/** Who sends a request, or null where the host has not said. */
export const USER_OF_REQUEST = Symbol('mcp-connections: the user of a request');

/** The handler of the routes. */
export const ROUTES_HANDLER = Symbol('mcp-connections: the handler of the routes');

/** The controller of the routes, or null where there is none. */
export const ROUTES_CONTROLLER = Symbol('mcp-connections: the controller of the routes');

/** The logger of the options, or Nest's. */
export const LOGGER = Symbol('mcp-connections: the logger');

/** What is made of the options, all of it before the store changes the database. */
const MADE = Symbol('mcp-connections: what is made of the options');

interface Made {
  readonly logger: HostLogger;
  readonly store: MetadataStore;
  readonly connections: Connections;
  readonly handler: ConnectionsHandler<RoutesContext> | null;
}

/** The paths at which the modules of one application serve routes. */
@Injectable()
class RoutesPaths {
  readonly #taken = new Set<string>();

  /** @throws ConnectionsError `option_invalid`, where Nest would let the module that it finds first answer for both */
  take(path: string): void {
    if (this.#taken.has(path))
      throw optionInvalid(
        `Two \`ConnectionsModule\` serve their routes at ${path}. Give one of them a path of its own: \`routes: { path: 'integrations' }\`.`,
      );
    this.#taken.add(path);
  }
}

/** Static, so that an application has one of it. */
@Module({ providers: [RoutesPaths], exports: [RoutesPaths] })
class ConnectionsPaths {}

/** Holds the providers; what it exports is what `ConnectionsModule` exports. */
@Module({ imports: [ConnectionsPaths] })
export class ConnectionsCore {}

/**
 * @param optionsToken provides the options of the module
 * @param controller of the routes
 */
export function coreProviders(
  optionsToken: InjectionToken,
  extras: ConnectionsModuleExtras,
  controller: Type | null,
): Provider[] {
  const { dataSource: name = 'default', store: Store = MetadataStore, routes, user } = extras;
  const part = (token: InjectionToken, pick: (made: Made) => unknown): Provider => ({
    provide: token,
    inject: [MADE],
    useFactory: pick,
  });
  return [
    {
      provide: MADE,
      inject: [optionsToken, { token: dataSourceToken(name), optional: true }, RoutesPaths],
      useFactory: async (options: ConnectionsModuleOptions, dataSource: unknown, paths: RoutesPaths) => {
        const made = make(options, extras, requireDataSource(dataSource, name));
        if (routes) paths.take(routesPath(routes));
        await made.store.initialize();
        return made;
      },
    },
    part(MetadataStore, ({ store }) => store),
    part(Connections, ({ connections }) => connections),
    part(ROUTES_HANDLER, ({ handler }) => handler),
    part(LOGGER, ({ logger }) => logger),
    { provide: ROUTES_CONTROLLER, useValue: controller },
    { provide: USER_OF_REQUEST, useValue: user ?? null },
    ...(Store === MetadataStore ? [] : [{ provide: Store, useExisting: MetadataStore }]),
    ConnectionsShutdown,
    ConnectionsHealthIndicator,
  ];
}

export function exportedTokens({ store = MetadataStore }: ConnectionsModuleExtras): InjectionToken[] {
  const ours = [USER_OF_REQUEST, ROUTES_HANDLER, ROUTES_CONTROLLER, LOGGER];
  return [...new Set([Connections, MetadataStore, store, ConnectionsHealthIndicator, ...ours])];
}

function make(
  options: ConnectionsModuleOptions,
  { store: Store = MetadataStore, routes, user }: ConnectionsModuleExtras,
  dataSource: DataSource,
): Made {
  const sorted = sortOptions(options, routes !== undefined);
  const logger = options.logger ?? new Logger('Connections');
  const store = new Store({ ...sorted.store, logger, dataSource });
  const basePath = routes && routesPath(routes);
  const callbackPath = sorted.connections.callbackPath ?? (basePath && `${basePath}/{name}/callback`);
  const connections = new Connections(store, { ...sorted.connections, callbackPath, logger });
  if (basePath === undefined || user === undefined) return { logger, store, connections, handler: null };
  const handler = connectionsHandler<RoutesContext>(connections, {
    ...sorted.routes,
    logger,
    basePath,
    user: async (_, { request }) => user(request),
  });
  return { logger, store, connections, handler };
}

/** As `getDataSourceToken` of `@nestjs/typeorm` makes it, which this package does without. */
function dataSourceToken(name: string): InjectionToken {
  return name === 'default' ? DataSource : `${name}DataSource`;
}

function requireDataSource(given: unknown, name: string): DataSource {
  if (given !== undefined) return given as DataSource;
  const options = name === 'default' ? '' : ` with \`name: '${name}'\``;
  throw optionInvalid(
    `\`ConnectionsModule\` finds no DataSource of the name ${name}. Import \`TypeOrmModule.forRoot\`${options}, or name another: \`dataSource: 'name'\`.`,
  );
}
