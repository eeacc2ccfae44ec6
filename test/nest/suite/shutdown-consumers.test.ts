/** Classes of a host that use `Connections` while the application ends, wherever in the tree of modules they stand. */
import type {
  BeforeApplicationShutdown,
  DynamicModule,
  ModuleMetadata,
  OnApplicationShutdown,
  Type,
} from '@nestjs/common';
import { Global, Inject, Injectable, Module } from '@nestjs/common';
import { Connections, isConnectionsError } from 'mcp-connections';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { database, listening, moduleOf } from './application';
import { Provider, keys } from './provider';

/** What each of the hooks has found. */
let found: string[];
let document: Provider['document'];

@Injectable()
class Farewell implements BeforeApplicationShutdown, OnApplicationShutdown {
  constructor(@Inject(Connections) private readonly connections: Connections) {}

  async beforeApplicationShutdown(): Promise<void> {
    found.push(`before: ${await this.#token('ada')}`);
  }

  async onApplicationShutdown(): Promise<void> {
    found.push(`on: ${await this.#token('grace')}`);
  }

  async #token(userId: string): Promise<string> {
    return this.connections.getAccessToken(userId, 'github').then(
      () => 'refreshed',
      (error: unknown) => (isConnectionsError(error) ? error.code : String(error)),
    );
  }
}

/** A class that waits for nothing that it has begun. */
@Injectable()
class Careless implements OnApplicationShutdown {
  isAsked = Promise.resolve();

  constructor(@Inject(Connections) private readonly connections: Connections) {}

  async onApplicationShutdown(): Promise<void> {
    void this.connections.getAccessToken('ada', 'github').catch((error: Error) => found.push(error.message));
    await this.isAsked;
  }
}

const ours = (isGlobal: boolean) =>
  ConnectionsModule.forRootAsync({ isGlobal, useFactory: () => ({ config: document, keys }) });

/** A module three levels below the one that imports it. */
const deep = (metadata: ModuleMetadata): Type =>
  moduleOf({ imports: [moduleOf({ imports: [moduleOf(metadata)] })] });

@Global()
@Module({ providers: [Farewell] })
class GlobalModule {}

@Global()
@Module({ imports: [ours(false)], providers: [Farewell] })
class GlobalOwner {}

type Imports = (DynamicModule | Type)[];

const trees: [string, () => Imports][] = [
  ['in the root, after TypeORM’s', () => [moduleOf({ providers: [Farewell] }), database(), ours(true)]],
  ['three levels down, after TypeORM’s', () => [database(), ours(true), deep({ providers: [Farewell] })]],
  ['three levels down, before TypeORM’s', () => [deep({ providers: [Farewell] }), ours(true), database()]],
  [
    'three levels down, with an import of its own',
    () => [database(), deep({ imports: [ours(false)], providers: [Farewell] })],
  ],
  ['in a global module that comes last', () => [database(), ours(true), GlobalModule]],
  ['in a global module that imports it', () => [database(), GlobalOwner]],
];

const expired = (refreshToken: string) => ({ accessToken: 'old', refreshToken, expiresAt: new Date(0) });

async function started(imports: () => Imports) {
  found = [];
  const provider = await Provider.start(onTestFinished);
  document = provider.document;
  const { application } = await listening({ imports: imports() });
  const connections = application.get(Connections, { strict: false });
  return { provider, application, connections, dataSource: application.get(DataSource) };
}

describe('Connections at the end of an application', () => {
  it.each(trees)('works in the hooks of a class %s', async (_, imports) => {
    const { provider, application, connections, dataSource } = await started(imports);
    for (const userId of ['ada', 'grace'])
      await connections.importTokens(userId, 'github', expired(provider.issue()));
    await application.close();
    expect(found).toEqual(['before: refreshed', 'on: refreshed']);
    expect(dataSource.isInitialized).toBe(false);
  });

  it('has closed with the DataSource for a class of a global module that comes first', async () => {
    const { application, connections } = await started(() => [GlobalModule, database(), ours(true)]);
    for (const userId of ['ada', 'grace'])
      await connections.importTokens(userId, 'github', { accessToken: 'valid' });
    await application.close();
    expect(found).toEqual(['before: refreshed', 'on: data_source_not_initialized']);
  });

  it('waits for what is under way after every hook', async () => {
    const { provider, application, connections, dataSource } = await started(() => [
      database(),
      ours(true),
      deep({ providers: [Careless] }),
    ]);
    await connections.importTokens('ada', 'github', expired(provider.issue()));
    const { isAsked, goOn } = provider.hold();
    application.get(Careless, { strict: false }).isAsked = isAsked;
    connections.on('refreshed', () => found.push(`refreshed, and open: ${dataSource.isInitialized}`));
    const close = connections.close.bind(connections);
    let isFirst = true;
    connections.close = async () => {
      if (!isFirst) goOn();
      isFirst = false;
      await close();
    };
    await application.close();
    expect(found).toEqual(['refreshed, and open: true']);
  });
});
