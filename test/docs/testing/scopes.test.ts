import { testConnections } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

it('asks for the scope that a call needs', async () => {
  const { connections, provider } = await testConnections({ names: ['github'] });
  provider.api((_request, { scopes }) => {
    if (scopes.includes('repo')) return new Response('fine');
    const challenge = 'Bearer error="insufficient_scope", scope="repo"';
    return new Response(null, { status: 403, headers: { 'www-authenticate': challenge } });
  });
  await provider.connect('user-1', 'github');
  const fetch = connections.fetchFor('user-1', 'github');
  await expect(fetch('https://api.github.test/')).rejects.toMatchObject({
    code: 'insufficient_scope',
    scopes: ['repo'],
  });
  await provider.connect('user-1', 'github', { scopes: ['repo'] });
  expect((await fetch('https://api.github.test/')).status).toBe(200);
});
