/** The handler as middleware, in place of a controller. */
import type { MiddlewareConsumer, NestModule, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { Connections } from 'mcp-connections';
import { connectionsHandler, toNodeHandler } from 'mcp-connections/http';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { expect, it, onTestFinished } from 'vitest';
import { database, listening, platforms } from './application';
import { Provider, keys } from './provider';
import { comeBack, publicUrl } from './service';

function routesModule(basePath = '/connections'): Type {
  @Module({})
  class RoutesModule implements NestModule {
    constructor(private readonly connections: Connections) {}

    configure(consumer: MiddlewareConsumer): void {
      const handler = connectionsHandler(this.connections, {
        user: ({ headers }) => headers.get('x-user'),
        afterwards: '/settings',
        basePath,
      });
      consumer.apply(toNodeHandler(handler)).forRoutes('connections', 'connections/*path');
    }
  }
  return RoutesModule;
}

it.each(platforms)('the handler is middleware of Nest on %s', async (platform) => {
  const provider = await Provider.start(onTestFinished);
  const ours = ConnectionsModule.forRoot({ config: provider.document, keys, publicUrl, isGlobal: true });
  const { origin } = await listening({ imports: [database(), ours, routesModule()] }, platform);
  const headers = { 'x-user': 'ada', origin: publicUrl, 'content-type': 'application/json' };
  const listed = await fetch(`${origin}/connections`, { headers });
  expect([listed.status, await listed.json()]).toMatchObject([200, { connections: [{ name: 'github' }] }]);
  const gone = await fetch(`${origin}/connections/github`, { method: 'DELETE', headers });
  expect([gone.status, await gone.json()]).toMatchObject([200, { disconnected: false }]);
  const form = {
    method: 'POST',
    headers: { 'x-user': 'ada', origin: publicUrl },
    redirect: 'manual',
  } as const;
  const begun = await fetch(`${origin}/connections/github/connect`, {
    ...form,
    body: new URLSearchParams({ account: 'work' }),
  });
  expect([begun.status, begun.headers.get('location')?.startsWith(`${provider.origin}/authorize`)]).toEqual([
    303,
    true,
  ]);
  expect((await fetch(`${origin}/elsewhere`, { headers })).status).toBe(404);
});

it.each(platforms)('the handler is below a global prefix on %s', async (platform) => {
  const provider = await Provider.start(onTestFinished);
  const ours = ConnectionsModule.forRoot({
    config: provider.document,
    keys,
    publicUrl: `${publicUrl}/api`,
    isGlobal: true,
  });
  const { origin } = await listening(
    { imports: [database(), ours, routesModule('/api/connections')] },
    platform,
    (application) => application.setGlobalPrefix('api'),
  );
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', ...init });
  const begun = await ask('/api/connections/github/authorize', {
    headers: { 'x-user': 'ada', origin: publicUrl },
  });
  const { authorization_url: url } = (await begun.json()) as { authorization_url: string };
  expect(new URL(url).searchParams.get('redirect_uri')).toBe(`${publicUrl}/api/connections/github/callback`);
  const back = await comeBack(ask, begun, url);
  expect([back.status, back.headers.get('location')]).toEqual([303, '/settings?connection_success=github']);
});
