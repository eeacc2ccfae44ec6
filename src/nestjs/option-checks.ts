/** Sorts options by the part that takes them. Each part checks the values of its own options. */
import type { ConnectionsOptions } from '../connections/options';
import type { HandlerOptions } from '../http/options';
import type { Check, OptionChecks } from '../options';
import { anything, callback, checkOptions, flag, object, optionInvalid, text } from '../options';
import type { MetadataStoreOptions } from '../store/options';
import type {
  ConnectionsModuleAsyncOptions,
  ConnectionsModuleExtras,
  ConnectionsModuleOptions,
  ConnectionsRoutes,
} from './options';

type Checks<Options> = { readonly [Name in keyof Required<Options>]: Check };

const ofStore: Checks<Omit<MetadataStoreOptions, 'dataSource' | 'logger'>> = {
  config: anything,
  environment: anything,
  migrations: anything,
  lockTimeoutMs: anything,
  legacyTimeZone: anything,
  onSyncError: anything,
  sync: anything,
};

const ofConnections: Checks<Omit<ConnectionsOptions, 'logger'>> = {
  keys: anything,
  cipher: anything,
  publicUrl: anything,
  callbackPath: anything,
  callbackOrigins: anything,
  returnOrigins: anything,
  trustedOrigins: anything,
  clientName: anything,
  clientUri: anything,
  clientMetadataUrl: anything,
  resolveSecret: anything,
  fetch: anything,
  discoveryFetch: anything,
  requestTimeoutMs: anything,
  lockTimeoutMs: anything,
  preparedStatements: anything,
};

const ofRoutes: Checks<Pick<HandlerOptions, 'afterwards' | 'appLink' | 'page' | 'errorTexts'>> = {
  afterwards: anything,
  appLink: anything,
  page: anything,
  errorTexts: anything,
};

const all: OptionChecks<ConnectionsModuleOptions> = {
  ...ofStore,
  ...ofConnections,
  ...ofRoutes,
  logger: anything,
};

/** The options of the module, for each that takes them. */
export interface SortedOptions {
  readonly store: Omit<MetadataStoreOptions, 'dataSource' | 'logger'>;
  readonly connections: Omit<ConnectionsOptions, 'logger'>;
  readonly routes: Pick<HandlerOptions, 'afterwards' | 'appLink' | 'page' | 'errorTexts'>;
}

/** @throws ConnectionsError `option_invalid` for an option that none of them has, and for one of the routes where there are none */
export function sortOptions(options: ConnectionsModuleOptions, hasRoutes: boolean): SortedOptions {
  for (const name of Object.keys(options ?? {}))
    if (Object.hasOwn(extras, name))
      throw optionInvalid(
        `Option \`${name}\` of \`ConnectionsModule\` is in what the factory returns. Nest needs it earlier: put it beside \`useFactory\`, \`useClass\` or \`useExisting\`.`,
      );
  checkOptions('ConnectionsModule', options, all);
  const routes = pick(options, ofRoutes);
  const [needless] = Object.entries(routes).find(([, value]) => value !== undefined) ?? [];
  if (!hasRoutes && needless !== undefined)
    throw optionInvalid(
      `Option \`${needless}\` of \`ConnectionsModule\` is of the routes, which are off. Add \`routes\`.`,
    );
  return { store: pick(options, ofStore), connections: pick(options, ofConnections), routes };
}

const list: Check = (value) => (Array.isArray(value) ? undefined : 'a list');

const extras: OptionChecks<ConnectionsModuleExtras> = {
  isGlobal: flag,
  dataSource: text,
  store: callback,
  routes: object,
  user: callback,
};

const routesOptions: OptionChecks<ConnectionsRoutes> = {
  path: text,
  guards: list,
  imports: list,
  publicDecorators: list,
  decorators: list,
};

const asyncOptions: OptionChecks<ConnectionsModuleAsyncOptions> = {
  ...extras,
  imports: anything,
  inject: anything,
  provideInjectionTokensFrom: anything,
  useClass: anything,
  useExisting: anything,
  useFactory: anything,
};

/** @throws ConnectionsError `option_invalid` */
export function checkAsyncOptions(options: ConnectionsModuleAsyncOptions): void {
  for (const name of Object.keys(options ?? {}))
    if (Object.hasOwn(all, name))
      throw optionInvalid(
        `Option \`${name}\` stands beside the factory of \`ConnectionsModule.forRootAsync\`. Put it into what the factory returns.`,
      );
  checkOptions('ConnectionsModule.forRootAsync', options, asyncOptions);
  if (!options.useFactory && !options.useClass && !options.useExisting)
    throw optionInvalid('`ConnectionsModule.forRootAsync` needs `useFactory`, `useClass` or `useExisting`.');
}

/** @throws ConnectionsError `option_invalid` */
export function checkExtras(options: ConnectionsModuleExtras): void {
  checkOptions('ConnectionsModule', pick(options, extras), extras);
  const { routes } = options;
  if (routes === undefined) return;
  checkOptions('ConnectionsModule({ routes })', routes, routesOptions);
  if (options.user === undefined)
    throw optionInvalid(
      'Option `routes` of `ConnectionsModule` needs `user`, which says who sends a request: `user: (request) => request.user?.id ?? null`.',
    );
}

function pick(options: object, names: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name)));
}
