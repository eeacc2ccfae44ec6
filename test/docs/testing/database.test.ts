import { ConnectionConfig, syncConnectionConfigs } from 'mcp-connections';
import { createTestDataSource } from 'mcp-connections/testing';
import { expect, it } from 'vitest';

it('writes the connections into the table', async () => {
  const dataSource = await createTestDataSource(); // or with entities of yours
  const configs = dataSource.getRepository(ConnectionConfig);
  await syncConnectionConfigs(
    { mcpServers: { github: { url: 'https://api.github.test/', auth_type: 'oauth2' } } },
    configs,
  );
  expect(await configs.countBy({ name: 'github' })).toBe(1);
  await dataSource.destroy();
});
