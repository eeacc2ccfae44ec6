import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CreateAllContext, MetadataStoreOptions } from '../../src';
import {
  MetadataStore,
  connectionEntities,
  revertConnectionMigration,
  runConnectionMigrations,
  syncConnectionConfigs,
} from '../../src';
import { createTestDataSource, InMemoryConnectionConfigs } from '../../src/testing';
import { failureOf } from '../setup/code-of';
import { recordingLogger } from '../setup/recording-logger';

const config = { mcpServers: {} };
const dataSource = { type: 'better-sqlite3', database: ':memory:' } as const;

/** An options object with one mistake, and what its message says. */
type Mistakes = readonly (readonly [options: object, code: string, message: string])[];

const lockTimeouts: Mistakes = ['5s', 0, -1, 1.5, Infinity, null].map((lockTimeoutMs) => [
  { lockTimeoutMs },
  'option_invalid',
  '`lockTimeoutMs`',
]);
const loggers: Mistakes = [{}, 'console', null, { warn() {} }].map((logger) => [
  { logger },
  'option_invalid',
  '`logger`',
]);
const timeZones: Mistakes = [
  [{ legacyTimeZone: 5 }, 'option_invalid', '`legacyTimeZone`'],
  [{ legacyTimeZone: 'Mars/Olympus' }, 'time_zone_unknown', 'Mars/Olympus'],
];
const ofEverySync: Mistakes = [
  [{ onRemoved: 'remove' }, 'option_invalid', "`onRemoved` of `CALL` must be 'disable', 'keep' or 'delete'"],
  [{ onChanged: true }, 'option_invalid', '`onChanged`'],
  [{ allowEmpty: 'yes' }, 'option_invalid', '`allowEmpty`'],
  [{ authTypes: 'oauth2' }, 'option_invalid', '`authTypes`'],
  [{ authTypes: ['oauth'] }, 'option_invalid', '`authTypes`'],
  [{ authTypes: ['toString'] }, 'option_invalid', '`authTypes`'],
  [{ now: 5 }, 'option_invalid', '`now`'],
  [{ newId: 'id' }, 'option_invalid', '`newId`'],
  [{ onRemove: 'keep' }, 'option_invalid', 'Did you mean `onRemoved`'],
  ...[5, null, '', 'a'.repeat(256), 'a\0b'].map(
    (source) => [{ source }, 'source_invalid', '`managed_by`'] as const,
  ),
  ...lockTimeouts,
];

function refuses(call: string, mistakes: Mistakes, run: (options: never) => unknown): void {
  it.each(mistakes)('refuses %o', async (options, code, message) => {
    expect(await failureOf(() => run(options as never))).toMatchObject({
      code,
      message: expect.stringContaining(message.replace('CALL', call)),
    });
  });

  it.each([null, [], 'text', 5])('refuses %o in place of its options', async (options) => {
    expect(await failureOf(() => run(options as never))).toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining(call),
    });
  });
}

describe('new MetadataStore', () => {
  const given = (options: object) => ({ dataSource, config, ...options });
  refuses(
    'new MetadataStore',
    [
      [{ dataSource: undefined }, 'option_invalid', '`dataSource` of `CALL` must be a TypeORM DataSource'],
      [{ dataSource: {} }, 'option_invalid', '`dataSource`'],
      [{ dataSource: 'sqlite' }, 'option_invalid', '`dataSource`'],
      [{ migrations: 'chekc' }, 'option_invalid', "`migrations` of `CALL` must be 'run', 'check' or 'off'"],
      [{ migration: 'check' }, 'option_invalid', 'Did you mean `migrations`'],
      [{ onSyncError: 'warn' }, 'option_invalid', '`onSyncError`'],
      [{ environment: 'production' }, 'option_invalid', '`environment`'],
      [{ config: { file: undefined } }, 'option_invalid', '`file` of `new MetadataStore({ config })`'],
      [{ config: { fiel: 'a.json' } }, 'option_invalid', 'Did you mean `file`'],
      [{ config: { file: 'a.json', env: 'A' } }, 'option_invalid', 'has no option "env"'],
      [{ config: { env: '' } }, 'option_invalid', '`env` of `new MetadataStore({ config })`'],
      [{ sync: false }, 'option_invalid', '`sync`'],
      [
        { sync: { environment: {} } },
        'option_invalid',
        '`new MetadataStore({ sync })` has no option "environment"',
      ],
      ...lockTimeouts,
      ...loggers,
      ...timeZones,
    ],
    (options: object | null) =>
      new MetadataStore(
        (options !== null && options.constructor === Object
          ? given(options)
          : options) as MetadataStoreOptions,
      ),
  );

  it('says when `dataSource` is missing', () => {
    expect(() => new MetadataStore({ config } as unknown as MetadataStoreOptions)).toThrow('it is missing');
  });

  describe('its option `sync`', () => {
    it.each(ofEverySync)('refuses %o', (sync, code, message) => {
      const expected = message.replace('CALL', 'new MetadataStore({ sync })');
      expect(() => new MetadataStore(given({ sync }))).toThrow(
        expect.objectContaining({ code, message: expect.stringContaining(expected) }),
      );
    });

    it.each([null, [], 'text', 5])('refuses %o in its place', (sync) => {
      const refused = expect.objectContaining({ code: 'option_invalid' });
      expect(() => new MetadataStore(given({ sync }))).toThrow(refused);
    });
  });

  it('takes an option that is undefined for one that is absent', () => {
    const absent = { migrations: undefined, logger: undefined, sync: undefined, lockTimeoutMs: undefined };
    expect(() => new MetadataStore(given(absent) as unknown as MetadataStoreOptions)).not.toThrow();
  });

  it('takes a DataSource, console and process.env', () => {
    const options = {
      dataSource: new DataSource({ ...dataSource, entities: [...connectionEntities] }),
      config,
      logger: console,
      environment: process.env,
    };
    expect(() => new MetadataStore(options)).not.toThrow();
  });
});

describe('store.initialize', () => {
  const store = new MetadataStore({ dataSource, config });
  refuses(
    'store.initialize',
    [
      [{ sync: 'no' }, 'option_invalid', '`sync` of `CALL` must be true or false'],
      [{ synch: false }, 'option_invalid', 'Did you mean `sync`'],
    ],
    (options) => store.initialize(options),
  );
});

describe('context.runMigrations', () => {
  async function inCreateAll(call: (context: CreateAllContext) => Promise<unknown>): Promise<unknown> {
    class Store extends MetadataStore {
      failure: unknown;
      protected override async createAll(context: CreateAllContext) {
        this.failure = await failureOf(() => call(context));
      }
    }
    const store = await new Store({ dataSource, config, logger: recordingLogger() }).initialize();
    await store.close();
    return store.failure;
  }

  it.each([
    ['name', undefined, []],
    ['name', 5, []],
    ['name', 'connection', []],
    ['migrations', 'billing', undefined],
    ['migrations', 'billing', [{}]],
  ])('refuses a wrong `%s` (%o, %o)', async (option, name, migrations) => {
    const failure = await inCreateAll((context) => context.runMigrations(name as never, migrations as never));
    expect(failure).toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining(`\`${option}\` of \`context.runMigrations\``),
    });
  });
});

describe.each([
  ['runConnectionMigrations', runConnectionMigrations],
  ['revertConnectionMigration', revertConnectionMigration],
] as const)('%s', (call, run) => {
  const notUsed = new DataSource({ ...dataSource, entities: [...connectionEntities] });
  const unknown: Mistakes = [[{ lockTimeout: 5 }, 'option_invalid', 'Did you mean `lockTimeoutMs`']];
  refuses(call, [...lockTimeouts, ...loggers, ...timeZones, ...unknown], (options) => run(notUsed, options));
});

describe('syncConnectionConfigs', () => {
  refuses(
    'syncConnectionConfigs',
    [...ofEverySync, [{ environment: 'production' }, 'option_invalid', '`environment`']],
    (options) => syncConnectionConfigs(config, new InMemoryConnectionConfigs(), options),
  );
});

describe('createTestDataSource', () => {
  it.each([null, 'User', [null], [{}]])('refuses %o in place of entity classes', async (entities) => {
    expect(await failureOf(() => createTestDataSource(entities as never))).toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('`entities` of `createTestDataSource`'),
    });
  });

  it('takes no entities', async () => {
    const opened = await createTestDataSource();
    onTestFinished(() => opened.destroy());
    expect(opened.isInitialized).toBe(true);
  });
});
