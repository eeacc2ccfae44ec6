/** The module: a store, `Connections`, and what else a host injects, on a DataSource of the host's. */
import type { DynamicModule, MiddlewareConsumer, NestModule, Type } from '@nestjs/common';
import { ConfigurableModuleBuilder, Inject, Module, Optional } from '@nestjs/common';
import { optionInvalid } from '../options';
import { MetadataStore } from '../store/metadata-store';
import { routesController } from './controller';
import { ConnectionsCore, coreProviders, exportedTokens } from './core';
import { checkAsyncOptions, checkExtras } from './option-checks';
import type {
  ConnectionsModuleAsyncOptions,
  ConnectionsModuleExtras,
  ConnectionsModuleOptions,
} from './options';
import { ignoreTypeOfEmptyBody } from './platform';
import { ROUTES_CONTROLLER } from './tokens';

const extras: ConnectionsModuleExtras = {
  isGlobal: false,
  dataSource: 'default',
  store: MetadataStore,
  routes: undefined,
  // `exactOptionalPropertyTypes` keeps undefined from a method; the builder knows the extras by the keys of this object.
  ...({ user: undefined } as object),
};

const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN } =
  new ConfigurableModuleBuilder<ConnectionsModuleOptions>({ moduleName: 'Connections' })
    .setClassMethodName('forRoot')
    .setFactoryMethodName('createConnectionsOptions')
    .setExtras<ConnectionsModuleExtras>(extras, (definition, given) => moduleOf(definition, given))
    .build();

/**
 * Starts a `MetadataStore` on a DataSource of the host's before the first request, and closes everything after the last. Injectable are
 * `Connections`, `MetadataStore`, and `ConnectionsHealthIndicator`.
 */
@Module({})
export class ConnectionsModule extends ConfigurableModuleClass implements NestModule {
  /**
   * Called by Nest.
   * @throws ConnectionsError `option_invalid` where the module is imported without options
   */
  constructor(@Optional() @Inject(ROUTES_CONTROLLER) private readonly controller?: Type | null) {
    super();
    if (controller === undefined)
      throw optionInvalid(
        '`ConnectionsModule` is imported without options. Write `ConnectionsModule.forRoot({ … })` or `forRootAsync` in its place.',
      );
  }

  /** Called by Nest. */
  configure(consumer: MiddlewareConsumer): void {
    if (this.controller) consumer.apply(ignoreTypeOfEmptyBody).forRoutes(this.controller);
  }

  /**
   * With options that are known when the module is written.
   * @param options `config`, `keys` or `cipher`, `publicUrl`, and the others of `MetadataStore`, `Connections` and the routes; `isGlobal`
   * (default false), `dataSource` (default `default`), `store` (default `MetadataStore`), `routes` (default none), `user`
   * @throws ConnectionsError `option_invalid` for `routes` without `user`; every other error stops the start of the application
   * @example
   * const imported = ConnectionsModule.forRoot({ config: { file: 'connections.json' }, keys: process.env.CONNECTION_KEYS });
   */
  static override forRoot(options: ConnectionsModuleOptions & ConnectionsModuleExtras): DynamicModule {
    return super.forRoot(options);
  }

  /**
   * With options that a factory makes, from the configuration of the host for example.
   * @param options `useFactory` with `inject`, `useClass` or `useExisting`; `imports`; and beside them `isGlobal`, `dataSource`, `store`,
   * `routes` and `user`, as for `forRoot`
   * @throws ConnectionsError as `forRoot` does
   * @example
   * const imported = ConnectionsModule.forRootAsync({
   *   isGlobal: true,
   *   useFactory: async () => ({ config: { file: 'connections.json' }, keys: process.env.CONNECTION_KEYS }),
   * });
   */
  static override forRootAsync(options: ConnectionsModuleAsyncOptions): DynamicModule {
    checkAsyncOptions(options);
    return super.forRootAsync(options);
  }
}

/**
 * The providers are in a module of their own that is never global: Nest calls the hooks of a shutdown from the root down and those of
 * global modules last, so that `Connections` is closed before TypeORM's module, which is global, destroys the DataSource, whatever the order
 * of imports.
 */
function moduleOf(
  { module, imports = [], providers = [] }: DynamicModule,
  given: ConnectionsModuleExtras,
): DynamicModule {
  checkExtras(given);
  const { isGlobal = false, routes } = given;
  const controller = routes === undefined ? null : routesController(routes);
  const core: DynamicModule = {
    module: ConnectionsCore,
    imports,
    providers: [...providers, ...coreProviders(MODULE_OPTIONS_TOKEN, given, controller)],
    exports: exportedTokens(given),
  };
  return {
    module,
    global: isGlobal,
    // The guards of the controller are made here.
    imports: [...imports, ...(routes?.imports ?? []), core],
    exports: [core],
    controllers: controller === null ? [] : [controller],
  };
}
