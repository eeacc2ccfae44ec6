import { connectionsHandler } from 'mcp-connections/http';
import { testConnections } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

it('brings the user back to the settings', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  const handler = connectionsHandler(connections, { user: () => 'user-1', afterwards: '/settings' });
  const connect = new Request('https://app.test/connections/github/connect', {
    method: 'POST',
    headers: { origin: 'https://app.test' },
  });
  const begun = await handler(connect, undefined);
  const callbackUrl = await provider.visit(begun?.headers.get('location') ?? '');
  // A browser would send the cookie, too.
  const cookie = begun?.headers.get('set-cookie')?.split(';')[0] ?? '';
  const ended = await handler(new Request(callbackUrl, { headers: { cookie } }), undefined);
  expect(ended?.headers.get('location')).toMatch(/\/settings\?connection_success=github$/);
});
