import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { testConnections } from 'mcp-connections/testing';

afterEach(() => mock.timers.reset());

test('refreshes a token after its hour', async () => {
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const { connections, provider } = await testConnections({ names: ['github'] });
  await provider.connect('user-1', 'github');
  mock.timers.tick(3_600_000);
  await connections.getAccessToken('user-1', 'github');
  assert.equal(provider.refreshes, 1);
});
