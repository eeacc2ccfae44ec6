/** What a host gives the module: the options of a start, which may be read from its configuration, and what Nest has to know earlier. */
import type { CanActivate, ConfigurableModuleAsyncOptions, ModuleMetadata, Type } from '@nestjs/common';
import type { ConnectionsOptions } from '../connections/options';
import type { HandlerOptions } from '../http/options';
import type { MetadataStore } from '../store/metadata-store';
import type { MetadataStoreOptions } from '../store/options';

/** The options of the store, of `Connections` and of the routes, in one object; `keys` or `cipher` is required. */
export interface ConnectionsModuleOptions
  extends
    Omit<MetadataStoreOptions, 'dataSource'>,
    Omit<ConnectionsOptions, 'lockTimeoutMs' | 'logger'>,
    Pick<HandlerOptions, 'afterwards' | 'appLink' | 'page' | 'errorTexts'> {
  /** Default: Nest's logger, with the context `Connections`. */
  readonly logger?: MetadataStoreOptions['logger'];
  /** Milliseconds to wait for a lock in the database, for the store and for `Connections`; default 30,000 and 10,000. */
  readonly lockTimeoutMs?: number | undefined;
}

/** A request of Express or Fastify, as a guard is given it; write the type of yours in its place. */
export interface PlatformRequest {
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What Nest has to know before any provider exists, so that it cannot come from a factory. */
export interface ConnectionsModuleExtras {
  /** Whether every module can inject what this one exports; default false. */
  readonly isGlobal?: boolean | undefined;
  /** Name of the DataSource, as `TypeOrmModule` has it; default `default`. */
  readonly dataSource?: string | undefined;
  /** A subclass of `MetadataStore` whose constructor takes the options of a store; it is injectable as itself, too. */
  readonly store?: Type<MetadataStore> | undefined;
  /** Serves the routes of the connections and their page; default none. */
  readonly routes?: ConnectionsRoutes | undefined;
  /**
   * Who sends a request, for `routes` and for `@ConnectionsUser()`: the host's own id of the user, from what a guard has put on the request;
   * null where no user is signed in.
   */
  user?(this: void, request: PlatformRequest): string | null | Promise<string | null>;
}

/** How the routes are served. */
export interface ConnectionsRoutes {
  /** Path of the controller, below the global prefix; default `connections`. */
  readonly path?: string | undefined;
  /**
   * Guards of the routes, as for `@UseGuards()`; default none. The callback and the client metadata are without them: the user
   * comes back from another site, often without a session, and the cookie of the browser stands in for it.
   */
  readonly guards?: readonly (Type<CanActivate> | CanActivate)[] | undefined;
  /** Modules that export what the guards inject; default none. Those of `forRootAsync` count, too. */
  readonly imports?: ModuleMetadata['imports'];
  /** Decorators of the callback and the client metadata, such as `Public()`, which a global guard of the host looks for; default none. */
  readonly publicDecorators?: readonly MethodDecorator[] | undefined;
  /** Decorators of the controller, such as `ApiExcludeController()` or `SkipThrottle()`; default none. */
  readonly decorators?: readonly ClassDecorator[] | undefined;
}

/** A class that makes the options, for `useClass` and `useExisting`. */
export interface ConnectionsOptionsFactory {
  /** Called once, before the store starts. */
  createConnectionsOptions(): ConnectionsModuleOptions | Promise<ConnectionsModuleOptions>;
}

/** What `forRootAsync` takes: `useFactory`, `useClass` or `useExisting`, with `inject` and `imports`; and the extras. */
export type ConnectionsModuleAsyncOptions = ConfigurableModuleAsyncOptions<
  ConnectionsModuleOptions,
  'createConnectionsOptions'
> &
  ConnectionsModuleExtras;
