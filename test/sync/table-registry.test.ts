import { expect, it, onTestFinished, vi } from 'vitest';
import { parseConnections } from '../../src/config/parse';
import { connectionRegistry } from '../../src/config/registry';
import { ConnectionConfig } from '../../src/entities';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine, testDatabase } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { syncedTable } from '../setup/synced-table';

const config = declaration({
  full: entry({
    description: 'all of it',
    icon_url: 'https://x.test/i.svg',
    enabled: true,
    cloud_id: '1',
    api_origins: ['https://api.x.test'],
    headers: { 'X-Cloud-Id': '1', 'X-Api-Key': '${KEY}' },
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
  const tables = new MigratedDatabase(engine);
  const synced = () => syncedTable(tables, config);

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
  });

  it('says that the tables are missing', async () => {
    const dataSource = await (await testDatabase(engine)).connect();
    const registry = tableRegistry(dataSource.getRepository(ConnectionConfig));
    await expect(registry.list()).rejects.toMatchObject({ code: 'tables_missing' });
  });

  it('reads back whatever a document may declare', async () => {
    const { repo } = await synced();
    const document = declaration({
      every: entry({
        transport: 'http',
        display_name: '$${HOME} and $${KEY:-x}',
        description: '',
        site_url: 'https://x.test/site',
        extra_config: { nested: [{ a: 1.5, b: null, c: [true] }], ünï: '$${HOME}' },
        enabled: true,
        api_origins: ['https://API.x.test:8443/', 'http://localhost:80'],
        headers: {
          'X-Cloud-Id': '$${HOME}',
          'X-Key': '${KEY}',
          'X-Env': { env: 'A.B' },
          'X-File': { file: '/run/a b' },
          'X-Arn': { arn: 'arn:x' },
          Authorization: 'Bearer ${TOKEN}',
        },
        oauth_config: {
          client_id: 'c',
          client_secret_file: '/run/a b',
          scopes: 'a,b c',
          scope_separator: ',',
          issuer: 'https://auth.test',
          authorize_url: 'https://auth.test/a?x=1',
          token_url: 'https://auth.test/t',
          refresh_url: 'https://auth.test/r',
          revoke_url: 'https://auth.test/v',
          authorize_params: { prompt: 'consent', empty: '' },
          token_endpoint_auth_method: 'client_secret_post',
          resource: 'off',
          default_expires_in: 60,
          capture: ['scope'],
        },
      }),
      plain: entry({ enabled: true }),
    });
    await syncConnectionConfigs(document, repo);
    const declared = await connectionRegistry(document).list();
    expect(declared.map(({ name }) => name)).toEqual(['every', 'plain']);
    expect(await tableRegistry(repo, { document }).list()).toEqual(declared);
  });

  it.each<[string, object]>([
    ['a document that is none', { document: 7 }],
    ['no document', { document: null }],
    ['no function', { allowSecret: ['SECRET'] }],
    ['an option that there is not', { documents: config }],
  ])('refuses %s', async (_what, options) => {
    const { repo } = await synced();
    expect(() => tableRegistry(repo, options)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  });

  it('does not expand a variable that a row names', async () => {
    const { repo, registry } = await synced();
    vi.stubEnv('MARKED', 'marked-secret');
    onTestFinished(() => void vi.unstubAllEnvs());
    await repo.update({ name: 'full' }, { displayName: '${MARKED}', oauthClientId: '${MARKED:-x}' });
    expect(await registry.get('full')).toMatchObject({
      displayName: '${MARKED}',
      oauth: { clientId: '${MARKED:-x}' },
    });
  });
});
