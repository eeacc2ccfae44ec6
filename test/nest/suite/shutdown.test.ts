/** The end of an application: after the last request, before the DataSource is destroyed, and without the loss of a token. */
import type { ServerResponse } from 'node:http';
import { Controller, Get } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { Connections, MetadataStore } from 'mcp-connections';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { DataSource } from 'typeorm';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { database, inMemory, listening, platforms } from './application';
import { Provider, keys } from './provider';

@Controller()
class Reader {
  constructor(private readonly connections: Connections) {}

  @Get('token')
  async token(): Promise<unknown> {
    return this.connections.getAccessToken('ada', 'github');
  }
}

const expiredTokens = (provider: Provider) => ({
  accessToken: 'expired',
  refreshToken: provider.issue(),
  expiresAt: new Date(0),
});

const orders = [
  ['before', false],
  ['before', true],
  ['after', false],
  ['after', true],
] as const;
const cases = platforms.flatMap((platform) =>
  orders.map(([place, isGlobal]) => ({ platform, place, isGlobal })),
);

describe('the end of an application', () => {
  it.each(cases)(
    'finishes requests and refreshes, then closes, then TypeORM destroys, with the module $place TypeORM’s, isGlobal $isGlobal, on $platform',
    async ({ platform, place, isGlobal }) => {
      const provider = await Provider.start(onTestFinished);
      const ours = ConnectionsModule.forRoot({ config: provider.document, keys, isGlobal });
      const imports = place === 'before' ? [ours, database()] : [database(), ours];
      const events: string[] = [];
      const metadata = { imports, controllers: [Reader] };
      const { application, origin } = await listening(metadata, platform, (prepared) =>
        prepared.use((_: unknown, response: ServerResponse, next: () => void) => {
          response.once('finish', () => events.push('the request is answered'));
          next();
        }),
      );
      const connections = application.get(Connections, { strict: false });
      await connections.importTokens('ada', 'github', expiredTokens(provider));

      const note = <Target extends object>(target: Target, method: keyof Target & string, event: string) => {
        const original = (target[method] as () => Promise<void>).bind(target);
        vi.spyOn(target, method as never).mockImplementation((async () => {
          events.push(`${event} begins`);
          await original();
          events.push(`${event} ends`);
        }) as never);
      };
      note(connections, 'close', 'close of Connections');
      note(application.get(MetadataStore, { strict: false }), 'close', 'close of the store');
      note(application.get(DataSource), 'destroy', 'destruction');

      const { isAsked, goOn } = provider.hold();
      const answer = fetch(`${origin}/token`, { headers: { connection: 'close' } });
      await isAsked;
      const closed = application.close();
      goOn();
      await closed;
      expect(await (await answer).json()).toMatchObject({ accessToken: 'access-2' });
      expect(events).toEqual([
        'the request is answered',
        'close of Connections begins',
        'close of Connections ends',
        'close of the store begins',
        'close of the store ends',
        // For those that end later than the module does.
        'close of Connections begins',
        'close of Connections ends',
        'destruction begins',
        'destruction ends',
      ]);
    },
  );

  it('ends where the store has opened the DataSource itself', async () => {
    const provider = await Provider.start(onTestFinished);
    const imports = [
      TypeOrmModule.forRoot({ ...inMemory, manualInitialization: true }),
      ConnectionsModule.forRoot({ config: provider.document, keys }),
    ];
    const { application } = await listening({ imports });
    const dataSource = application.get(DataSource);
    expect(dataSource.isInitialized).toBe(true);
    await application.close();
    expect(dataSource.isInitialized).toBe(false);
  });

  it('waits for a refresh that no request waits for', async () => {
    const provider = await Provider.start(onTestFinished);
    const imports = [
      ConnectionsModule.forRoot({ config: provider.document, keys, isGlobal: true }),
      database(),
    ];
    const { application } = await listening({ imports });
    const connections = application.get(Connections, { strict: false });
    const dataSource = application.get(DataSource);
    await connections.importTokens('ada', 'github', expiredTokens(provider));
    const wasOpen = new Promise<boolean>((resolve) => {
      connections.on('refreshed', () => resolve(dataSource.isInitialized));
    });
    const { isAsked, goOn } = provider.hold();
    const refreshed = connections.refreshExpiring();
    await isAsked;
    const closed = application.close();
    goOn();
    await closed;
    expect(await wasOpen).toBe(true);
    expect(await refreshed).toMatchObject({ refreshed: 1 });
    expect(dataSource.isInitialized).toBe(false);
  });
});
