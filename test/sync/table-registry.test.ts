import { expect, it } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { connectionRegistry } from '../../src/config/registry';
import { ConnectionConfig } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';

const config = declaration({
  full: entry({
    description: 'all of it',
    icon_url: 'https://x.test/i.svg',
    enabled: true,
    cloud_id: '1',
    oauth_config: {
      provider: 'x',
      client_id: 'c',
      client_secret_env: 'SECRET',
      authorize_url: 'https://auth.test/a',
      token_url: 'https://auth.test/t',
      redirect_uri: 'https://api.test/callback',
      scopes: ['read', 'write'],
      authorize_params: { prompt: 'consent' },
      refresh_margin: 60,
    },
  }),
  file: entry({ enabled: true, oauth_config: { client_secret_file: '/run/secrets/x' } }),
  arn: entry({ enabled: true, oauth_config: { client_secret_arn: 'arn:aws:x' } }),
  off: entry({ enabled: false }),
});

describeEachEngine('tableRegistry', (engine) => {
  async function synced() {
    const dataSource = await (await testDatabase(engine)).connect();
    await runConnectionMigrations(dataSource);
    const repo = dataSource.getRepository(ConnectionConfig);
    await syncConnectionConfigs(config, repo);
    return { repo, registry: tableRegistry(repo) };
  }

  it('gives the same connections as the registry over the configuration', async () => {
    const { registry } = await synced();
    const declared = connectionRegistry(parseConnections(config));
    expect(await registry.list()).toEqual(await declared.list());
    expect(await registry.get('full')).toEqual(await declared.get('full'));
  });

  it('does not have a client secret that stands in the configuration itself', async () => {
    const { repo, registry } = await synced();
    const inline = declaration({ full: entry({ oauth_config: { client_secret: 'marked-secret' } }) });
    await syncConnectionConfigs(inline, repo);
    expect((await registry.get('full')).oauth?.clientSecret).toBeNull();
    expect(JSON.stringify(await repo.find())).not.toContain('marked-secret');
  });

  it('says why a name cannot be used', async () => {
    const { repo, registry } = await synced();
    await syncConnectionConfigs(declaration({ off: entry({ enabled: false }), file: entry() }), repo);
    await expect(registry.get('nobody')).rejects.toMatchObject({
      code: 'connection_unknown',
      connectionName: 'nobody',
    });
    await expect(registry.get('full')).rejects.toMatchObject({
      code: 'connection_removed',
      connectionName: 'full',
    });
    await expect(registry.get('off')).rejects.toMatchObject({
      code: 'connection_disabled',
      connectionName: 'off',
    });
    await expect(registry.get(undefined as never)).rejects.toMatchObject({ code: 'connection_unknown' });
    await expect(registry.get('FILE')).rejects.toMatchObject({ code: 'connection_unknown' });
  });

  it('sees the operator’s switch at once', async () => {
    const { repo, registry } = await synced();
    await repo.update({ name: 'full' }, { enabled: false });
    await expect(registry.get('full')).rejects.toMatchObject({ code: 'connection_disabled' });
    expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file']);
  });

  it('says what is wrong instead of passing on what a database says', async () => {
    const { repo, registry } = await synced();
    await expect(registry.get('a\0b')).rejects.toMatchObject({ code: 'connection_unknown' });
    const { tablePath } = repo.metadata;
    await repo.query(`UPDATE ${tablePath} SET extra_config = 'oops' WHERE name = 'full'`);
    await expect(registry.get('full')).rejects.toMatchObject({
      code: 'connection_rejected',
      connectionName: 'full',
    });
    expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file']);
    await repo.query(`DROP TABLE ${tablePath}`);
    await expect(registry.list()).rejects.toMatchObject({ code: 'tables_missing' });
  });
});
