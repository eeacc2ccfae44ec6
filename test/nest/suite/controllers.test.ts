/** What the controllers of a host use: the user of the request, and errors as answers. */
import type { ServerResponse } from 'node:http';
import { Controller, Get, Res, UseFilters, UseGuards } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { Connections, ConnectionsError } from 'mcp-connections';
import type { ConnectionsModuleExtras, ConnectionsModuleOptions } from 'mcp-connections/nestjs';
import { ConnectionsExceptionFilter, ConnectionsModule, ConnectionsUser } from 'mcp-connections/nestjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Platform } from './application';
import { database, listening, platforms } from './application';
import { Provider, keys } from './provider';
import { SessionGuard, user } from './session';

@Controller()
class Reader {
  constructor(private readonly connections: Connections) {}

  @Get('token')
  @UseGuards(SessionGuard)
  async token(@ConnectionsUser() userId: string): Promise<unknown> {
    const { accessToken } = await this.connections.getAccessToken(userId, 'github');
    return { userId, accessToken };
  }

  @Get('open')
  open(@ConnectionsUser() userId: string): string {
    return userId;
  }

  @Get('down')
  down(): never {
    throw new ConnectionsError('provider_unavailable', 'It is down.', {
      connectionName: 'github',
      retryAt: new Date(Date.now() + 60_000),
    });
  }

  @Get('broken')
  @UseFilters(new ConnectionsExceptionFilter())
  broken(): never {
    throw new ConnectionsError('key_unknown', 'No key for it.', { connectionName: 'github' });
  }

  @Get('begun')
  begun(@Res() response: ServerResponse | { readonly raw: ServerResponse }): never {
    const raw = 'raw' in response ? response.raw : response;
    raw.write('begun');
    throw new ConnectionsError('not_connected', 'Not connected.', { connectionName: 'github' });
  }

  @Get('other')
  other(): never {
    throw new Error('of the host');
  }
}

type Options = Partial<ConnectionsModuleOptions> & Pick<ConnectionsModuleExtras, 'user'>;

async function service(platform: Platform, options: Options = {}) {
  const provider = await Provider.start(onTestFinished);
  const ours = ConnectionsModule.forRoot({ config: provider.document, keys, user, ...options });
  const imports = [database(), ours];
  const providers = [{ provide: APP_FILTER, useClass: ConnectionsExceptionFilter }];
  const { application, origin, logged } = await listening(
    { imports, providers, controllers: [Reader] },
    platform,
  );
  const ask = (path: string, headers: Record<string, string> = {}) => fetch(`${origin}${path}`, { headers });
  return { ask, logged, connections: application.get(Connections, { strict: false }) };
}

describe.each(platforms)('controllers on %s', (platform) => {
  it('are given the user of the request, and 401 where there is none', async () => {
    const { ask, connections } = await service(platform);
    await connections.importTokens('ada', 'github', { accessToken: 'of-ada' });
    const token = await ask('/token', { 'x-user': 'ada' });
    expect(await token.json()).toEqual({ userId: 'ada', accessToken: 'of-ada' });
    expect((await ask('/token')).status).toBe(401);
    expect((await ask('/open')).status).toBe(401);
  });

  it('wait for a user that is looked up', async () => {
    const { ask } = await service(platform, { user: async ({ headers }) => String(headers['x-user']) });
    expect(await (await ask('/open', { 'x-user': 'ada' })).text()).toBe('ada');
  });

  it('take an empty id for no user', async () => {
    const { ask } = await service(platform, { user: () => '' });
    expect((await ask('/open')).status).toBe(401);
  });

  it('refuse a user whose id is a number', async () => {
    const { ask, logged } = await service(platform, { user: () => 7 as never });
    expect((await ask('/open')).status).toBe(500);
    expect(logged.lines).toContainEqual(
      expect.stringContaining('Option `user` of `ConnectionsModule` must return'),
    );
  });

  it('end an answer that a handler had begun before its error', async () => {
    const { ask } = await service(platform);
    const answer = await ask('/begun');
    expect([answer.status, await answer.text()]).toEqual([200, 'begun']);
    expect((await ask('/down')).status).toBe(503);
  });

  it('answer an error with its problem', async () => {
    const { ask } = await service(platform);
    const answer = await ask('/token', { 'x-user': 'ada' });
    expect(answer.status).toBe(409);
    expect(answer.headers.get('content-type')).toBe('application/problem+json');
    expect(await answer.json()).toEqual({
      type: 'about:blank',
      title: 'Conflict',
      status: 409,
      detail: 'GitHub is not connected.',
      code: 'not_connected',
      connection_name: 'github',
    });
  });

  it('say when another try is worth it', async () => {
    const { ask, logged } = await service(platform);
    const answer = await ask('/down');
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(50);
    expect(logged.lines).toContain('warn Connections: provider_unavailable: It is down.');
  });

  it('log what an operator has to mend, and tell users no more than that', async () => {
    const { ask, logged } = await service(platform);
    const answer = await ask('/broken');
    expect([answer.status, await answer.text()]).toEqual([500, expect.not.stringContaining('No key')]);
    expect(logged.lines).toContain('error Connections: key_unknown: No key for it.');
  });

  it('leave other errors to Nest', async () => {
    const { ask } = await service(platform);
    const answer = await ask('/other');
    expect(await answer.json()).toMatchObject({ statusCode: 500 });
  });
});

describe('the parts for controllers', () => {
  it('log with the logger of the options', async () => {
    const lines: string[] = [];
    const logger = { warn: (line: string) => lines.push(line), error: (line: string) => lines.push(line) };
    const { ask } = await service('express', { logger });
    await ask('/down');
    expect(lines).toEqual(['provider_unavailable: It is down.']);
  });

  it('stop the start where the decorator is used and nobody says who the user is', async () => {
    const provider = await Provider.start(onTestFinished);
    const imports = [database(), ConnectionsModule.forRoot({ config: provider.document, keys })];
    await expect(listening({ imports, controllers: [Reader] })).rejects.toThrow(/needs the option `user`/);
  });
});
