/** How a host tests its application: the kit in the place of what the module makes, and no database. */
import { Controller, Get, UseGuards } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { Connections, MetadataStore } from 'mcp-connections';
import { ConnectionsModule, ConnectionsUser } from 'mcp-connections/nestjs';
import { testConnections } from 'mcp-connections/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { moduleOf } from './application';
import { keys } from './provider';
import { SessionGuard, user } from './session';

@Controller()
class Reader {
  constructor(private readonly connections: Connections) {}

  @Get('issues')
  @UseGuards(SessionGuard)
  async issues(@ConnectionsUser() userId: string): Promise<unknown> {
    const response = await this.connections.fetchFor(userId, 'github')('https://api.github.test/issues');
    return response.json();
  }
}

const ours = (wrong: object = {}) =>
  ConnectionsModule.forRoot({
    config: { file: 'nowhere.json' },
    keys,
    afterwards: '/settings',
    isGlobal: true,
    user,
    routes: { guards: [SessionGuard] },
    ...wrong,
  });

async function application(module = ours()) {
  const kit = await testConnections({ names: ['github'] });
  onTestFinished(() => kit.close());
  const testing = await Test.createTestingModule({
    imports: [moduleOf({ imports: [module], controllers: [Reader] })],
  })
    .overrideProvider(Connections)
    .useValue(kit.connections)
    .overrideProvider(MetadataStore)
    .useValue(kit.store)
    .compile();
  const app = testing.createNestApplication({ logger: false });
  onTestFinished(() => app.close());
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { port: number };
  const ask = (path: string, headers: Record<string, string>, method = 'GET') =>
    fetch(`http://127.0.0.1:${port}${path}`, { method, headers, redirect: 'manual' });
  return { ...kit, app, ask };
}

describe('an application with the kit in the place of Connections and the store', () => {
  it('connects a user by its routes, calls an API, and ends', async () => {
    const { app, ask, provider, store } = await application();
    const ada = { 'x-user': 'ada', origin: 'https://app.test' };
    const begun = await ask('/connections/github/connect', ada, 'POST');
    const callback = new URL(await provider.visit(begun.headers.get('location') ?? ''));
    const cookie = begun.headers.get('set-cookie')?.split(';')[0] ?? '';
    const ended = await ask(`${callback.pathname}${callback.search}`, { cookie });
    expect(ended.headers.get('location')).toMatch(/\/settings\?connection_success=github$/);

    provider.api((_, { userId }) => Response.json({ of: userId }));
    expect(await (await ask('/issues', { 'x-user': 'ada' })).json()).toEqual({ of: 'ada' });
    await app.close();
    expect(store.dataSource.isInitialized).toBe(false);
  });

  it('does not start with an option of the routes that is wrong', async () => {
    await expect(application(ours({ afterwards: 'nowhere' }))).rejects.toThrow(/`afterwards`/);
  });
});
