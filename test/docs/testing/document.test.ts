import { defineConnections } from 'mcp-connections';
import { testConnections } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

const config = defineConnections({
  mcpServers: { wiki: { url: 'https://mcp.example.com/mcp', type: 'http', auth_type: 'oauth2' } },
});

it('works with our document', async () => {
  const { connections, provider } = await testConnections({ config });
  await provider.connect('user-1', 'wiki');
  provider.api(() => new Response('a page'));
  const page = await connections.fetchFor('user-1', 'wiki')('https://mcp.example.com/mcp');
  expect(await page.text()).toBe('a page');
  // Discovery has found the provider, and a client was registered there.
  expect(provider.requests.some(({ what }) => what === 'registration')).toBe(true);
});
