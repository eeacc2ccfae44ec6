import { syncConnectionConfigs } from 'mcp-connections';
import { InMemoryConnectionConfigs } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

it('reports a new connection', async () => {
  const report = await syncConnectionConfigs(
    { mcpServers: { github: { url: 'https://api.github.test/', auth_type: 'oauth2' } } },
    new InMemoryConnectionConfigs(),
  );
  expect(report.created).toEqual(['github']);
});
