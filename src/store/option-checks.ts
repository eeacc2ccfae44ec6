/** What the options of a store must be. */
import { checkConfigPlace } from '../config/load';
import { requireTimeZone } from '../database/migration-runner';
import type { Check, OptionChecks } from '../options';
import {
  anything,
  checkOptions,
  flag,
  milliseconds,
  object,
  objectWith,
  oneOf,
  required,
  text,
} from '../options';
import { requireSource, syncChecks } from '../sync/sync';
import type { InitializeOptions, MetadataStoreOptions } from './options';

const dataSource: Check = (value) => {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Readonly<
    Record<string, unknown>
  >;
  const isOne = typeof given['initialize'] === 'function' || typeof given['type'] === 'string';
  if (isOne) return undefined;
  const isTypeMissing = Object.keys(given).length > 0;
  return `a TypeORM DataSource, or the options of one${isTypeMissing ? ', whose `type` is missing' : ' with their `type`'}`;
};

const storeChecks: OptionChecks<MetadataStoreOptions> = {
  dataSource: required(dataSource),
  config: anything,
  environment: object,
  migrations: oneOf('run', 'check', 'off'),
  lockTimeoutMs: milliseconds(),
  legacyTimeZone: text,
  onSyncError: oneOf('report', 'throw'),
  sync: object,
  logger: objectWith('warn', 'error'),
};

const { environment: _environment, ...nestedSyncChecks } = syncChecks;

const initializeChecks: OptionChecks<InitializeOptions> = { sync: flag };

/** @throws ConnectionsError `option_invalid`, `source_invalid` or `time_zone_unknown` */
export function checkStoreOptions(options: MetadataStoreOptions): MetadataStoreOptions {
  const { config, sync, legacyTimeZone } = checkOptions('new MetadataStore', options, storeChecks);
  checkConfigPlace('new MetadataStore({ config })', config);
  if (sync !== undefined) {
    checkOptions('new MetadataStore({ sync })', sync, nestedSyncChecks);
    requireSource(sync.source);
  }
  if (legacyTimeZone !== undefined) requireTimeZone(legacyTimeZone);
  return options;
}

/** @throws ConnectionsError `option_invalid` */
export function checkInitializeOptions(options: InitializeOptions): InitializeOptions {
  return checkOptions('store.initialize', options, initializeChecks);
}
