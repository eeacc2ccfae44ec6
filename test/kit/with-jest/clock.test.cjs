const { testConnections } = require('mcp-connections/testing');

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('refreshes a token after its hour', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  await provider.connect('user-1', 'github');
  jest.advanceTimersByTime(3_600_000);
  await connections.getAccessToken('user-1', 'github');
  expect(provider.refreshes).toBe(1);
});
