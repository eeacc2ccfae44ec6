import { afterEach, describe, expect, it, vi } from 'vitest';
import { isConnectionsError } from '../../src';
import { testConnections } from '../../src/testing';

afterEach(() => void vi.useRealTimers());

const API = 'https://api.github.test/user';

/** The code of what a promise rejects with. */
const code = (work: Promise<unknown>) =>
  work.then(
    () => 'nothing',
    (error: unknown) => (isConnectionsError(error) ? error.code : String(error)),
  );

describe('testConnections', () => {
  it('connects an account by a whole flow, with the scopes asked for', async () => {
    const { connections, provider } = await testConnections({ names: ['github', 'linear'] });
    const completed = await provider.connect('u1', 'github', { scopes: ['repo'] });
    expect(completed).toMatchObject({ userId: 'u1', connectionName: 'github', scopes: ['repo'] });
    const listed = await connections.list('u1');
    expect(listed.map(({ name, status }) => [name, status])).toEqual([
      ['github', 'connected'],
      ['linear', 'not_connected'],
    ]);
    expect(provider.requests).toEqual([
      {
        what: 'code',
        connectionName: 'github',
        method: 'POST',
        url: 'https://github.test/token',
        status: 200,
      },
    ]);
  });

  it('tells the API who calls', async () => {
    const { connections, provider } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github', { scopes: ['repo'], account: 'work' });
    provider.api((request, caller) => Response.json({ path: new URL(request.url).pathname, ...caller }));
    const response = await connections.fetchFor('u1', 'github', { account: 'work' })(API);
    expect(await response.json()).toEqual({
      path: '/user',
      userId: 'u1',
      connectionName: 'github',
      account: 'work',
      scopes: ['repo'],
    });
  });

  it('refreshes an expired token once, for many callers', async () => {
    const { connections, provider } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github');
    provider.api(() => new Response('fine'));
    await provider.expire('u1', 'github');
    const fetch = connections.fetchFor('u1', 'github');
    const answers = await Promise.all(Array.from({ length: 5 }, () => fetch(API)));
    expect([answers.map(({ status }) => status), provider.refreshes]).toEqual([Array(5).fill(200), 1]);
  });

  it('ends a grant', async () => {
    const { connections, provider } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github');
    provider.endGrant('u1', 'github');
    expect(await code(connections.fetchFor('u1', 'github')(API))).toBe('reauthorization_required');
    expect(provider.refreshes).toBe(1);
  });

  it.each(['setTimeout and its like', 'everything'])('works while %s stands still', async (which) => {
    vi.useFakeTimers(
      which === 'everything'
        ? {
            toFake: [
              'setTimeout',
              'clearTimeout',
              'setInterval',
              'clearInterval',
              'setImmediate',
              'clearImmediate',
              'Date',
              'performance',
              'hrtime',
            ],
          }
        : {},
    );
    const { connections, provider, close } = await testConnections({ names: ['github'] });
    await provider.connect('u1', 'github');
    provider.api(() => Response.json({ fine: true }));
    const fetch = connections.fetchFor('u1', 'github');
    expect(await (await fetch(API)).json()).toEqual({ fine: true });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    await fetch(API);
    expect(provider.refreshes).toBe(1);
    await connections.disconnect('u1', 'github');
    await close();
  });
});
