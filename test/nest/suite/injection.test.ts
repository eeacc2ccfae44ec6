/** What the module provides, by each way of making its options. */
import { Global, Injectable, Module } from '@nestjs/common';
import { ConfigModule, ConfigService } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { CreateAllContext } from 'mcp-connections';
import { Connections, MetadataStore } from 'mcp-connections';
import type { ConnectionsModuleOptions, ConnectionsOptionsFactory } from 'mcp-connections/nestjs';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { database, databaseOf, inMemory, listening, moduleOf } from './application';
import { Names, config, options } from './names';
import { keys } from './provider';

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

  it('is ready before other modules are initialized', async () => {
    const seen: string[] = [];
    @Module({})
    class Feature {
      constructor(private readonly connections: Connections) {}

      async onModuleInit(): Promise<void> {
        for (const { name } of await this.connections.list('ada')) seen.push(name);
      }
    }
    await listening({
      imports: [Feature, database(), ConnectionsModule.forRoot({ ...options, isGlobal: true })],
    });
    expect(seen).toEqual(['github']);
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
    ['of the store that is wrong', { ...options, migrations: 'never' }, /`migrations`/],
    [
      'of the routes that is wrong',
      { ...options, afterwards: 'nowhere', routes: {}, user: () => null },
      /`afterwards`/,
    ],
  ])('refuses an option %s before it changes the database', async (_, wrong: object, message) => {
    const dataSource = await new DataSource(inMemory).initialize();
    onTestFinished(() => dataSource.destroy());
    const ours = ConnectionsModule.forRoot(wrong);
    const imports = [databaseOf(dataSource), ours];
    await expect(listening({ imports })).rejects.toMatchObject({ message: expect.stringMatching(message) });
    expect(await dataSource.query('SELECT name FROM sqlite_master')).toEqual([]);
  });

  it('says where an option belongs that stands in the wrong place', async () => {
    const inside: object = { ...options, routes: {} };
    const useFactory = () => inside as ConnectionsModuleOptions;
    const imports = [database(), ConnectionsModule.forRootAsync({ useFactory })];
    await expect(listening({ imports })).rejects.toThrow(/`routes`.*beside `useFactory`/);
    const beside: object = { ...options, useFactory };
    expect(() => ConnectionsModule.forRootAsync(beside)).toThrow(/`config`.*what the factory returns/);
    expect(() => ConnectionsModule.forRootAsync({})).toThrow(/needs `useFactory`/);
  });

  it('says what to write in place of the class alone', async () => {
    const imports = [database(), ConnectionsModule];
    await expect(listening({ imports })).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('forRoot'),
    });
  });

  it('refuses what Nest has to know where it is wrong', () => {
    const forRoot = (wrong: object) => () => ConnectionsModule.forRoot({ ...options, ...wrong });
    expect(forRoot({ routes: {} })).toThrow(/needs `user`/);
    expect(forRoot({ routes: { guard: [] }, user: () => null })).toThrow(/Did you mean `guards`/);
    expect(forRoot({ isGlobal: 'yes' })).toThrow(/`isGlobal`.*true or false/);
    const misspelt: object = { useFactory: () => options, global: true };
    expect(() => ConnectionsModule.forRootAsync(misspelt)).toThrow(/no option "global"/);
  });
});
