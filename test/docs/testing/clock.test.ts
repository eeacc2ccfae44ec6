import { testConnections } from 'mcp-connections/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('refreshes a token after its hour', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  await provider.connect('user-1', 'github');
  const { accessToken } = await connections.getAccessToken('user-1', 'github');
  vi.advanceTimersByTime(3_600_000);
  const later = await connections.getAccessToken('user-1', 'github');
  expect(later.accessToken).not.toBe(accessToken);
  expect(provider.refreshes).toBe(1);
});
