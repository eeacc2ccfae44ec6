/** The checks of the options of `testConnections`. */
import { isPlainObject } from '../config/json';
import {
  type Check,
  type OptionChecks,
  anything,
  checkOptions,
  flag,
  milliseconds,
  object,
  optionInvalid,
} from '../options';
import type { TestConnectionsOptions } from './test-connections';
import { InstanceChecker } from 'typeorm';

export const hostEntities: Check = (value) =>
  Array.isArray(value) &&
  value.every((one) => typeof one === 'function' || InstanceChecker.isEntitySchema(one))
    ? undefined
    : 'a list of entity classes, or of schemas of entities';

const lifetime = milliseconds(1000);

const checks: OptionChecks<TestConnectionsOptions> = {
  names: (value) =>
    Array.isArray(value) && value.every((one) => typeof one === 'string' && one !== '')
      ? undefined
      : 'a list of names',
  // Checked by the store, as the next but one.
  config: anything,
  environment: object,
  entities: hostEntities,
  dataSource: object,
  connections: (value) =>
    isPlainObject(value) && !('fetch' in value) && !('discoveryFetch' in value)
      ? undefined
      : 'an object of options of `new Connections`, without `fetch` and `discoveryFetch`',
  lifetimeMs: (value) => (value === null ? undefined : lifetime(value)),
  refreshTokens: flag,
};

/** @throws ConnectionsError `option_invalid` */
export function checkTestOptions(options: TestConnectionsOptions): void {
  checkOptions('testConnections', options, checks);
  const { names, config, entities, dataSource } = options;
  if ((names === undefined) === (config === undefined))
    throw optionInvalid('`testConnections` takes either `names` or `config`.');
  if (entities !== undefined && dataSource !== undefined)
    throw optionInvalid(
      '`testConnections` takes `entities` for its own database only, without `dataSource`.',
    );
}
