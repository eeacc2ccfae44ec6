/** What the module provides, by each way of making its options. */
import { ConfigModule, ConfigService } from '@nestjs/config';
import { Global, Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
import type { CreateAllContext } from 'mcp-connections';
import {
  ConnectionConfig,
  Connections,
  MetadataStore,
  UserConnectionToken,
  connectionEntities,
} from 'mcp-connections';
import type { ConnectionsModuleOptions, ConnectionsOptionsFactory } from 'mcp-connections/nestjs';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { DataSource, Repository } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { database, inMemory, listening, moduleOf } from './application';
import { keys } from './provider';

const config = { mcpServers: { github: { url: 'https://api.github.test/', auth_type: 'oauth2' } } } as const;
const options = { config, keys } satisfies ConnectionsModuleOptions;

/** As a host writes it: injected by the types of its parameters. */
@Injectable()
class Names {
  constructor(
    private readonly connections: Connections,
    private readonly store: MetadataStore,
  ) {}

  async all(): Promise<unknown> {
    const listed = await this.connections.list('ada');
    return { listed: listed.map(({ name }) => name), isSynced: this.store.lastSync?.ok };
  }
}

const asDeclared = { listed: ['github'], isSynced: true };

describe('ConnectionsModule', () => {
  it('injects Connections and the store by the type of a parameter', async () => {
    const imports = [database(), ConnectionsModule.forRoot(options)];
    const { application } = await listening({ imports, providers: [Names] });
    expect(await application.get(Names).all()).toEqual(asDeclared);
  });

  it('takes the options from a factory that injects the configuration', async () => {
    const imports = [
      database(),
      ConnectionsModule.forRootAsync({
        imports: [ConfigModule.forRoot({ ignoreEnvFile: true, load: [() => ({ KEYS: keys })] })],
        inject: [ConfigService],
        useFactory: async (service: ConfigService) => ({ config, keys: service.get<string>('KEYS') }),
      }),
    ];
    const { application } = await listening({ imports, providers: [Names] });
    expect(await application.get(Names).all()).toEqual(asDeclared);
  });

  it('takes the options from a class', async () => {
    class Options implements ConnectionsOptionsFactory {
      createConnectionsOptions() {
        return options;
      }
    }
    const imports = [database(), ConnectionsModule.forRootAsync({ useClass: Options })];
    const { application } = await listening({ imports, providers: [Names] });
    expect(await application.get(Names).all()).toEqual(asDeclared);
  });

  it('takes the options from a provider of another module', async () => {
    @Injectable()
    class Settings implements ConnectionsOptionsFactory {
      createConnectionsOptions() {
        return options;
      }
    }
    @Global()
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const imports = [SettingsModule, database(), ConnectionsModule.forRootAsync({ useExisting: Settings })];
    const { application } = await listening({ imports, providers: [Names] });
    expect(await application.get(Names).all()).toEqual(asDeclared);
  });

  it('is injected everywhere with isGlobal, and only where it is imported without', async () => {
    @Module({ providers: [Names] })
    class Feature {}
    const application = await listening({
      imports: [database(), Feature, ConnectionsModule.forRoot({ ...options, isGlobal: true })],
    });
    expect(await application.application.get(Names, { strict: false }).all()).toEqual(asDeclared);
    const without = moduleOf({ imports: [database(), Feature, ConnectionsModule.forRoot(options)] });
    await expect(
      NestFactory.createApplicationContext(without, { logger: false, abortOnError: false }),
    ).rejects.toThrow(/Nest can't resolve dependencies of the Names/);
  });

  it('makes the store of the class of the host, which is injected as either', async () => {
    class BillingStore extends MetadataStore {
      protected override async createAll({ dataSource }: CreateAllContext): Promise<void> {
        await dataSource.query('CREATE TABLE invoices (id integer)');
      }
    }
    const imports = [database(), ConnectionsModule.forRoot({ ...options, store: BillingStore })];
    const { application } = await listening({ imports });
    const store = application.get(BillingStore, { strict: false });
    expect(store).toBe(application.get(MetadataStore, { strict: false }));
    expect(store).toBeInstanceOf(BillingStore);
    expect(await store.dataSource.query('SELECT * FROM invoices')).toEqual([]);
  });

  it.each([
    ['entities', { ...inMemory }],
    ['autoLoadEntities', { ...inMemory, entities: [], autoLoadEntities: true }],
  ])('has repositories by forFeature on a DataSource with %s', async (_, dataSource) => {
    @Injectable()
    class Rows {
      constructor(
        @Inject(getRepositoryToken(ConnectionConfig)) readonly configs: Repository<ConnectionConfig>,
        @Inject(getRepositoryToken(UserConnectionToken)) readonly tokens: Repository<UserConnectionToken>,
      ) {}
    }
    const imports = [
      ConnectionsModule.forRoot(options),
      TypeOrmModule.forRoot(dataSource),
      TypeOrmModule.forFeature([...connectionEntities]),
    ];
    const { application } = await listening({ imports, providers: [Rows] });
    const { configs, tokens } = application.get(Rows);
    expect((await configs.find()).map(({ name }) => name)).toEqual(['github']);
    expect(await tokens.count()).toBe(0);
  });

  it('stops the start with an error that names the entities which the DataSource lacks', async () => {
    const imports = [
      TypeOrmModule.forRoot({ ...inMemory, entities: [] }),
      ConnectionsModule.forRoot(options),
    ];
    await expect(listening({ imports })).rejects.toMatchObject({ code: 'entities_not_registered' });
  });

  it('uses the DataSource of the name that it is given', async () => {
    const imports = [
      TypeOrmModule.forRoot({ ...inMemory, entities: [] }),
      TypeOrmModule.forRoot({ ...inMemory, name: 'second' }),
      ConnectionsModule.forRoot({ ...options, dataSource: 'second' }),
      TypeOrmModule.forFeature([...connectionEntities], 'second'),
    ];
    const { application } = await listening({ imports, providers: [Names] });
    expect(application.get(MetadataStore, { strict: false }).dataSource).toBe(
      application.get('secondDataSource'),
    );
    expect(application.get(DataSource).hasMetadata(ConnectionConfig)).toBe(false);
    const rows = application.get<Repository<ConnectionConfig>>(
      getRepositoryToken(ConnectionConfig, 'second'),
    );
    expect(await rows.count()).toBe(1);
  });

  it('serves two modules that each have connections of their own, on two DataSources', async () => {
    const of = (name: string) => ({
      config: { mcpServers: { [name]: { url: `https://${name}.test/`, auth_type: 'oauth2' as const } } },
      keys,
    });
    @Injectable()
    class OtherNames extends Names {}
    @Module({
      imports: [ConnectionsModule.forRoot({ ...of('first'), dataSource: 'default' })],
      providers: [Names],
    })
    class First {}
    @Module({
      imports: [ConnectionsModule.forRoot({ ...of('second'), dataSource: 'second' })],
      providers: [
        {
          provide: OtherNames,
          useFactory: (...them: ConstructorParameters<typeof Names>) => new OtherNames(...them),
          inject: [Connections, MetadataStore],
        },
      ],
    })
    class Second {}
    const imports = [database(), TypeOrmModule.forRoot({ ...inMemory, name: 'second' }), First, Second];
    const { application } = await listening({ imports });
    const all = [Names, OtherNames].map(async (each) => application.get(each, { strict: false }).all());
    expect(await Promise.all(all)).toEqual([
      { listed: ['first'], isSynced: true },
      { listed: ['second'], isSynced: true },
    ]);
  });

  it('logs with the logger of Nest', async () => {
    const wrong = { mcpServers: { github: { ...config.mcpServers.github, descripton: 'typo' } } };
    const imports = [database(), ConnectionsModule.forRoot({ config: JSON.stringify(wrong), keys })];
    const { logged } = await listening({ imports });
    expect(logged.lines).toContainEqual(expect.stringMatching(/^warn Connections: .*descripton/));
  });

  it.each([
    [
      'of no one',
      { ...options, publicURL: 'https://x.test' },
      /no option "publicURL".*Did you mean `publicUrl`/,
    ],
    ['of the routes without them', { ...options, afterwards: '/settings' }, /`afterwards`.*Add `routes`/],
    ['that is wrong', { ...options, keys: 'short' }, /Key 1 has no id/],
  ])('refuses an option %s', async (_, wrong: ConnectionsModuleOptions, message) => {
    const imports = [database(), ConnectionsModule.forRoot(wrong)];
    await expect(listening({ imports })).rejects.toThrow(message);
  });

  it('refuses routes without a user', () => {
    expect(() => ConnectionsModule.forRoot({ ...options, routes: {} })).toThrow(/needs `user`/);
  });
});
