/** The DataSources of a host: which one, with which entities, and several. */
import { Inject, Injectable, Module } from '@nestjs/common';
import { TypeOrmModule, getRepositoryToken } from '@nestjs/typeorm';
import {
  ConnectionConfig,
  Connections,
  MetadataStore,
  UserConnectionToken,
  connectionEntities,
} from 'mcp-connections';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { DataSource, Repository } from 'typeorm';
import { describe, expect, it } from 'vitest';
import { database, inMemory, listening } from './application';
import { Names, options } from './names';
import { keys } from './provider';

describe('the DataSource of ConnectionsModule', () => {
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

  it('says that there is no DataSource of the name that it is given', async () => {
    const imports = [database(), ConnectionsModule.forRoot({ ...options, dataSource: 'secnod' })];
    await expect(listening({ imports })).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining("`TypeOrmModule.forRoot` with `name: 'secnod'`"),
    });
  });

  it('leaves it to TypeORM to say why a database does not answer', async () => {
    const unreachable = {
      type: 'postgres' as const,
      url: 'postgres://root@127.0.0.1:1/none',
      retryAttempts: 0,
    };
    const imports = [TypeOrmModule.forRoot(unreachable), ConnectionsModule.forRoot(options)];
    await expect(listening({ imports })).rejects.toThrow(/ECONNREFUSED/);
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
});
