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

  it('gives one that is switched off to a caller who allows that, and none that is no longer declared', async () => {
    const { repo, registry } = await synced();
    await repo.update({ name: 'file' }, { enabled: false });
    for (const name of ['off', 'file']) {
      expect(await registry.get(name, { allowDisabled: true })).toMatchObject({ name, enabled: false });
    }
    await syncConnectionConfigs(declaration({ file: entry() }), repo);
    const removed = registry.get('off', { allowDisabled: true });
    await expect(removed).rejects.toMatchObject({ code: 'connection_removed' });
  });

  it('says why a name cannot be used', async () => {
    const { repo, registry } = await synced();
    await syncConnectionConfigs(declaration({ off: entry({ enabled: false }), file: entry() }), repo);
    for (const [name, code] of [
      ['nobody', 'connection_unknown'],
      ['full', 'connection_removed'],
      ['off', 'connection_disabled'],
    ] as const) {
      await expect(registry.get(name)).rejects.toMatchObject({ code, connectionName: name });
    }
    await expect(registry.get(undefined as never)).rejects.toMatchObject({ code: 'connection_unknown' });
    await expect(registry.get('FILE')).rejects.toMatchObject({ code: 'connection_unknown' });
  });

  it('lists every name with the status that get would report', async () => {
    const { repo, registry } = await synced();
    const { tablePath } = repo.metadata;
    const { arn: _removed, ...declared } = config.mcpServers;
    await syncConnectionConfigs(declaration({ ...declared, another: entry(), broken: entry() }), repo);
    await repo.update({ name: 'another' }, { enabled: false });
    await repo.query(
      `UPDATE ${tablePath} SET oauth_options = 'oops' WHERE name IN ('another', 'arn', 'broken')`,
    );
    expect(await registry.names()).toEqual([
      { name: 'another', status: 'disabled' },
      { name: 'arn', status: 'removed' },
      { name: 'broken', status: 'rejected' },
      { name: 'file', status: 'usable' },
      { name: 'full', status: 'usable' },
      { name: 'off', status: 'disabled' },
    ]);
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
    for (const broken of ['oops', 'null', '[1]', '7']) {
      await repo.query(`UPDATE ${tablePath} SET extra_config = '${broken}' WHERE name = 'full'`);
      const rejected = { code: 'connection_rejected', connectionName: 'full' };
      await expect(registry.get('full')).rejects.toMatchObject(rejected);
      expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file']);
    }
    await repo.query(`DROP TABLE ${tablePath}`);
    await expect(registry.list()).rejects.toMatchObject({ code: 'tables_missing' });
  });
});
