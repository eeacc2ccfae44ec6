/** The options of `testConnections`, and how they are checked. */
import type { DataSource, DataSourceOptions } from 'typeorm';
import { InstanceChecker } from 'typeorm';
import type { ConnectionsConfig } from '../config/load';
import type { Environment } from '../config/variables';
import type { ConnectionsOptions } from '../connections/options';
import type { HostEntity } from './sql-js';
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

/** The options of `testConnections`: `names` or `config`; everything else has a default. */
export interface TestConnectionsOptions<Name extends string = string> {
  /**
   * Declares a connection for each name. The API of `github` is at `https://api.github.test/`, and its provider at
   * `https://github.test`.
   */
  readonly names?: readonly Name[] | undefined;
  /**
   * The host's own document, as `MetadataStore` takes it, in place of `names`. Each endpoint that it declares is answered in the test,
   * and what it leaves to discovery is discovered there.
   */
  readonly config?: ConnectionsConfig<Name> | undefined;
  /** For `${VAR}` in the document; default `process.env`. */
  readonly environment?: Environment | undefined;
  /** Entities of the host, whose tables `synchronize` creates in the database in memory; default none. */
  readonly entities?: readonly HostEntity[] | undefined;
  /** A database of the host's own choice, in place of the one in memory, as `MetadataStore` takes it. */
  readonly dataSource?: DataSource | DataSourceOptions | undefined;
  /**
   * Options of `Connections` in place of those of the kit: a key of zeros, `publicUrl` `https://app.test`, secrets that the provider
   * knows, and a logger that is silent.
   */
  readonly connections?: Omit<ConnectionsOptions, 'fetch' | 'discoveryFetch'> | undefined;
  /** Milliseconds that an access token lives, default 3,600,000; `null`: it does not expire. */
  readonly lifetimeMs?: number | null | undefined;
  /** Whether the providers give refresh tokens; default true. */
  readonly refreshTokens?: boolean | undefined;
}

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
  // The store checks it, as it does `dataSource`.
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
