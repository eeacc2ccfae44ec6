/** What the module provides, and on which DataSource. */
import type { InjectionToken, Provider, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Connections } from '../connections/connections';
import { optionInvalid } from '../options';
import { MetadataStore } from '../store/metadata-store';
import { ConnectionsHealthIndicator } from './health-indicator';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from './options';
import { handlerOf, loggerOf, startParts } from './parts';
import type { Parts } from './parts';
import { RoutesPaths, RoutesPathsModule, routesPath } from './routes-paths';
import { ConnectionsShutdown } from './shutdown';
import { LOGGER, ROUTES_CONTROLLER, ROUTES_HANDLER, USER_OF_REQUEST } from './tokens';

/** Starts the parts when the first of them is asked for. A test that overrides the store and `Connections` needs no database. */
const START = Symbol('mcp-connections: the start');

interface Start {
  readonly parts: () => Promise<Parts>;
  /** That of the parts, unless a test has put other `Connections` in the place of theirs. */
  readonly handlerOf: (connections: Connections) => Promise<Parts['handler']>;
}

/** Holds the providers; what it exports is what `ConnectionsModule` exports. */
@Module({ imports: [RoutesPathsModule] })
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
  const part = (token: InjectionToken, pick: (parts: Parts) => unknown): Provider => ({
    provide: token,
    inject: [START],
    useFactory: async ({ parts }: Start) => pick(await parts()),
  });
  return [
    {
      provide: START,
      inject: [optionsToken, { token: dataSourceToken(name), optional: true }, RoutesPaths],
      useFactory: (options: ConnectionsModuleOptions, dataSource: unknown, paths: RoutesPaths): Start => {
        if (routes) paths.take(routesPath(routes));
        let started: Promise<Parts> | undefined;
        return {
          parts: async () => (started ??= startParts(options, extras, requireDataSource(dataSource, name))),
          handlerOf: async (connections) => {
            const parts = await started;
            return parts?.connections === connections
              ? parts.handler
              : handlerOf(options, extras, connections);
          },
        };
      },
    },
    part(MetadataStore, ({ store }) => store),
    part(Connections, ({ connections }) => connections),
    {
      provide: ROUTES_HANDLER,
      inject: [START, Connections],
      useFactory: (start: Start, connections: Connections) => start.handlerOf(connections),
    },
    { provide: LOGGER, inject: [optionsToken], useFactory: loggerOf },
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
