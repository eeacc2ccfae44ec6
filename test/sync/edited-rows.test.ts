/** Values that no sync writes, in a row that was edited: what is made of them does not depend on the engine. */
import { expect, it } from 'vitest';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import { describeAnyEngine } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { MigratedDatabase } from '../setup/migrated-database';
import { syncedTable } from '../setup/synced-table';

const config = declaration({
  full: entry({
    display_name: 'Full',
    icon_url: 'https://x.test/i.svg',
    extra_config: { team: 'a' },
    enabled: true,
    cloud_id: '1',
    api_origins: ['https://api.x.test'],
    headers: { 'X-Cloud-Id': '1', 'X-Api-Key': '${KEY}' },
    oauth_config: {
      client_id: 'c',
      client_secret_env: 'SECRET',
      authorize_url: 'https://auth.test/a',
      token_url: 'https://auth.test/t',
      authorize_params: { prompt: 'consent' },
      refresh_margin: 60,
    },
  }),
  arn: entry({ enabled: true, oauth_config: { client_secret_arn: 'arn:aws:x' } }),
  file: entry({ enabled: true, oauth_config: { client_secret_file: '/run/secrets/x' } }),
});

describeAnyEngine('A registry over rows that were edited', (engine) => {
  const tables = new MigratedDatabase(engine);
  const synced = () => syncedTable(tables, config);

  it.each<[string, Readonly<Record<string, string>>]>([
    ['a transport that there is not', { transport: 'carrier-pigeon' }],
    ['a local program', { transport: 'stdio' }],
    ['an auth_type that there is not', { auth_type: 'magic' }],
    ['an address of another scheme', { url: 'file:///etc/passwd' }],
    ['an address with a password', { oauth_token_url: 'https://a:b@auth.test/t' }],
    ['an icon that runs a program', { icon_url: 'javascript:alert(1)' }],
    ['a prototype in the options', { oauth_options: '{"__proto__":{"client_secret_env":"SECRET"}}' }],
    ['a prototype in the data', { extra_config: '{"a":{"__proto__":{"b":1}}}' }],
    ['a prototype at the top of the data', { extra_config: '{"__proto__":{"b":1}}' }],
    ['parameters that are a text', { oauth_options: '{"authorize_params":"prompt=none"}' }],
    ['parameters that are a list', { oauth_options: '{"token_params":[["a","b"]]}' }],
    ['parameters of objects', { oauth_options: '{"refresh_params":{"a":{"b":1}}}' }],
    ['a method that there is not', { oauth_options: '{"token_endpoint_auth_method":"private_key_jwt"}' }],
    ['a method that is a list', { oauth_options: '{"token_endpoint_auth_method":["none"]}' }],
    ['a reference that is a number', { oauth_options: '{"client_secret_env":7}' }],
    ['two references', { oauth_options: '{"client_secret_env":"SECRET","client_secret_file":"/a"}' }],
    ['an origin with a path', { oauth_options: '{"api_origins":["https://x.test/v1"]}' }],
    ['origins that are a text', { oauth_options: '{"api_origins":"https://x.test"}' }],
    ['headers that are a text', { oauth_options: '{"headers":"X-A: b"}' }],
    ['a header with a control character', { oauth_options: '{"headers":{"X-A":"b\u007f"}}' }],
    ['a header that is never declared', { oauth_options: '{"headers":{"Cookie":"a"}}' }],
    ['a secret in clear', { oauth_options: '{"headers":{"X-Api-Key":"a"}}' }],
    ['a header of nowhere', { oauth_options: '{"headers":{"X-A":{"inline":"a"}}}' }],
    ['a margin that is a text', { oauth_options: '{"refresh_margin":"soon"}' }],
    ['a deep object', { extra_config: `{"a":${'['.repeat(5_000)}${']'.repeat(5_000)}}` }],
  ])('rejects %s', async (_what, columns) => {
    const { repo } = await synced();
    const { tablePath } = repo.metadata;
    for (const [column, value] of Object.entries(columns)) {
      await repo.query(`UPDATE ${tablePath} SET ${column} = '${value}' WHERE name = 'full'`);
    }
    const registry = tableRegistry(repo, { document: config, allowSecret: () => true });
    await expect(registry.get('full')).rejects.toMatchObject({
      code: 'connection_rejected',
      connectionName: 'full',
      message: expect.stringContaining('The next sync corrects it.'),
    });
    expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file']);
    expect(await registry.names()).toContainEqual({ name: 'full', status: 'rejected' });
    await syncConnectionConfigs(config, repo);
    expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file', 'full']);
  });
});
