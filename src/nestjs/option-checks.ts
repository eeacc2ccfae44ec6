/** Which option is whose. What each must be is checked by the one that it is for. */
import type { ConnectionsOptions } from '../connections/options';
import type { HandlerOptions } from '../http/options';
import type { Check, OptionChecks } from '../options';
import { anything, checkOptions, optionInvalid } from '../options';
import type { MetadataStoreOptions } from '../store/options';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from './options';

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

/** @throws ConnectionsError `option_invalid` for an option that nobody takes, and for one of the routes where there are none */
export function sortOptions(options: ConnectionsModuleOptions, hasRoutes: boolean): SortedOptions {
  checkOptions('ConnectionsModule', options, all);
  const routes = picked(options, ofRoutes);
  const [needless] = Object.entries(routes).find(([, value]) => value !== undefined) ?? [];
  if (!hasRoutes && needless !== undefined)
    throw optionInvalid(
      `Option \`${needless}\` of \`ConnectionsModule\` is of the routes, which are off. Add \`routes\`.`,
    );
  return { store: picked(options, ofStore), connections: picked(options, ofConnections), routes };
}

/** @throws ConnectionsError `option_invalid` */
export function checkExtras({ routes, user }: ConnectionsModuleExtras): void {
  if (routes !== undefined && user === undefined)
    throw optionInvalid(
      'Option `routes` of `ConnectionsModule` needs `user`, which says who sends a request: `user: (request) => request.user?.id ?? null`.',
    );
}

function picked(options: object, names: object): object {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(names, name)));
}
