import type { DataSource, DataSourceOptions, Repository } from 'typeorm';
import { describe, expect, it } from 'vitest';
import {
  Connections,
  MetadataStore,
  connectionRegistry,
  parseKeyRing,
  revertConnectionMigration,
  runConnectionMigrations,
  syncConnectionConfigs,
  tableRegistry,
} from '../../src';
import type { ConnectionConfig } from '../../src';
import { engineOf } from '../../src/database/engines';
import { parseConnections } from '../../src/sync';
import { failureOf } from '../setup/code-of';
import { keyOf } from '../setup/connected';

const config = { mcpServers: {} };
const cipher = parseKeyRing(`k1:${keyOf('k')}`);

/** What a host hands over, as TypeORM would make it; nothing of it may be used. */
const dataSourceOf = (type: unknown) =>
  ({
    options: { type },
    isInitialized: false,
    initialize: () => Promise.reject(new Error('TypeORM was asked')),
  }) as unknown as DataSource;
const repositoryOf = (type: unknown) => {
  const dataSource = dataSourceOf(type);
  return {
    manager: { dataSource, connection: dataSource },
    target: 'ConnectionConfig',
  } as unknown as Repository<ConnectionConfig>;
};

const sqlite = /SQLite is supported with the type "better-sqlite3"/;
const another = /a DataSource of its own, of type "better-sqlite3", "postgres", "mysql" or "mariadb"/;
const types: readonly (readonly [type: string, remedy: RegExp])[] = [
  ['cockroachdb', another],
  ['aurora-postgres', /type "postgres", with the endpoint of the cluster/],
  ['aurora-mysql', /type "mysql", with the endpoint of the cluster/],
  ['mssql', another],
  ['oracle', another],
  ['sap', another],
  ['spanner', another],
  ['mongodb', another],
  ['expo', sqlite],
  ['react-native', sqlite],
  ['capacitor', sqlite],
  ['cordova', sqlite],
  ['nativescript', sqlite],
  ['libsql', sqlite],
  ['node:sqlite', sqlite],
  ['nonsense', /Use "better-sqlite3", "postgres", "mysql" or "mariadb"\.$/],
  ['constructor', /Use "better-sqlite3"/],
  ['postgresql', /Did you mean "postgres"\?/],
  ['Postgres', /Did you mean "postgres"\?/],
  ['pg', /Use the type "postgres"/],
  ['mysql2', /Did you mean "mysql"\?/],
  ['maria-db', /Did you mean "mariadb"\?/],
  ['better-sqlite', /Did you mean "better-sqlite3"\?/],
  ['sqlite3', /Did you mean "better-sqlite3"\?/],
];

const entrances: Readonly<Record<string, (type: unknown) => unknown>> = {
  'new MetadataStore with a DataSource': (type) =>
    new MetadataStore({ dataSource: dataSourceOf(type), config }),
  runConnectionMigrations: (type) => runConnectionMigrations(dataSourceOf(type)),
  revertConnectionMigration: (type) => revertConnectionMigration(dataSourceOf(type)),
  syncConnectionConfigs: (type) => syncConnectionConfigs(config, repositoryOf(type)),
  tableRegistry: (type) => tableRegistry(repositoryOf(type)),
  'a call of Connections': (type) =>
    new Connections(
      { dataSource: dataSourceOf(type), registry: connectionRegistry(parseConnections(config)) },
      { cipher },
    ).list('ada'),
  'a migration that the host runs itself': (type) => engineOf(dataSourceOf(type)),
};

const refused = (message: RegExp) => ({
  code: 'engine_unsupported',
  message: expect.stringMatching(message),
});

describe('A DataSource of a type that is not served', () => {
  it.each(types)(
    'is refused before TypeORM is asked, with what to use instead (%s)',
    async (type, remedy) => {
      const dataSource = { type, database: ':memory:' } as unknown as DataSourceOptions;
      const failure = await failureOf(() => new MetadataStore({ dataSource, config }));
      expect(failure).toMatchObject(refused(remedy));
      expect(String(failure)).toContain(JSON.stringify(type));
      expect(failure, 'no error of TypeORM').not.toHaveProperty('cause');
    },
  );

  it.each([{ location: 'app.sqlite' }, { autoSave: true, autoSaveCallback: () => undefined }])(
    'is refused where sql.js would save it (%j)',
    async (saving) => {
      const dataSource = { type: 'sqljs', ...saving } as DataSourceOptions;
      const failure = await failureOf(() => new MetadataStore({ dataSource, config }));
      expect(failure).toMatchObject({
        code: 'engine_unsupported',
        message: expect.stringMatching(/"sqljs" is supported in memory only/),
      });
    },
  );

  describe.each(Object.entries(entrances))('given to %s', (_name, hand) => {
    it('is refused before anything else about it', async () => {
      expect(await failureOf(() => hand('mssql'))).toMatchObject(refused(/"mssql" is not supported/));
    });

    it.each([undefined, null, '', 7])('is refused where its type is %j', async (type) => {
      expect(await failureOf(() => hand(type))).toMatchObject(refused(/The DataSource has no `type`/));
    });
  });
});

describe('The options of a DataSource without a type', () => {
  it.each([{ database: ':memory:' }, { type: undefined }, { type: null }, { type: 7 }])(
    'are refused with what is missing: %j',
    (options) => {
      const dataSource = options as unknown as DataSourceOptions;
      expect(() => new MetadataStore({ dataSource, config })).toThrow(
        expect.objectContaining({
          code: 'option_invalid',
          message: expect.stringContaining('whose `type` is missing'),
        }),
      );
    },
  );
});
