import { testConnections } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

it('connects a user', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  const { authorizationUrl } = await connections.authorize('user-1', 'github', { returnTo: '/settings' });
  const callbackUrl = await provider.visit(authorizationUrl);
  const { returnTo } = await connections.complete(callbackUrl, { userId: 'user-1' });
  expect(returnTo).toBe('/settings');
});

it('leaves a user who says no as they were', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  provider.deny('github');
  const connecting = provider.connect('user-1', 'github');
  await expect(connecting).rejects.toMatchObject({ code: 'authorization_denied' });
  const [github] = await connections.list('user-1');
  expect(github?.status).toBe('not_connected');
});
