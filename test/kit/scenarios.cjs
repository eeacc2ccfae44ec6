/** What a test of a host does with the kit, whatever runs it. */
'use strict';
const assert = require('node:assert/strict');

const API = 'https://api.github.test/user';

/**
 * @param {typeof import('mcp-connections/testing')} kit
 * @param {{ holdClock(): void, passTime(milliseconds: number): void, releaseClock(): void }} clock of the runner: all of its timers
 * @returns the title and the body of each test
 */
exports.scenarios = ({ testConnections }, clock) => [
  [
    'a user connects, and the API is called',
    async () => {
      const { connections, provider, close } = await testConnections({ names: ['github'] });
      await provider.connect('u1', 'github', { scopes: ['repo'] });
      provider.api((_request, { userId, scopes }) => Response.json({ userId, scopes }));
      const response = await connections.fetchFor('u1', 'github')(API);
      assert.equal(await response.text(), '{"userId":"u1","scopes":["repo"]}');
      await close();
    },
  ],
  [
    'a grant ends',
    async () => {
      const { connections, provider, close } = await testConnections({ names: ['github'] });
      await provider.connect('u1', 'github');
      provider.endGrant('u1', 'github');
      const call = connections.fetchFor('u1', 'github')(API);
      await assert.rejects(call, { code: 'reauthorization_required' });
      assert.equal(provider.refreshes, 1);
      await close();
    },
  ],
  [
    'the clock is held, and an hour passes',
    async () => {
      clock.holdClock();
      try {
        const { connections, provider, close } = await testConnections({ names: ['github'] });
        await provider.connect('u1', 'github');
        provider.api(async (request) => new Response(`${await request.text()}, too`));
        const fetch = connections.fetchFor('u1', 'github');
        const send = async () => (await fetch(API, { method: 'POST', body: 'hello' })).text();
        assert.equal(await send(), 'hello, too');
        clock.passTime(3_600_000);
        assert.equal(await send(), 'hello, too');
        assert.equal(provider.refreshes, 1);
        assert.equal((await connections.disconnect('u1', 'github')).revocation, 'revoked');
        await close();
      } finally {
        clock.releaseClock();
      }
    },
  ],
  [
    'the clock is held, and a transaction of the host does not end',
    async () => {
      clock.holdClock();
      try {
        const connections = { lockTimeoutMs: 50 };
        const { provider, store, close } = await testConnections({ names: ['github'], connections });
        await store.dataSource.transaction(async () => {
          await assert.rejects(provider.connect('u1', 'github'), { code: 'database_busy' });
        });
        await close();
      } finally {
        clock.releaseClock();
      }
    },
  ],
];
