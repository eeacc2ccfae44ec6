/** What once went wrong in production when connections were synced, each by its story: it must now be impossible, or harmless. */
import { expect, it, onTestFinished } from 'vitest';
import { ConnectionConfig, MetadataStore } from '../src';
import { describeEachEngine } from './setup/database';
import { declaration, entry } from './setup/declarations';
import { config, logIn, names } from './setup/deployment';
import { MigratedDatabase } from './setup/migrated-database';
import { recordingLogger } from './setup/recording-logger';
import { acceptWrites, refuseWrites } from './setup/refuse-writes';

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();
  const shared = new MigratedDatabase(engine);

  it('the redirect URI that is configured is kept, and a changed one replaces it', async () => {
    const { dataSource } = shared;
    const redirect = (redirect_uri: string) =>
      declaration({ atlassian: entry({ oauth_config: { redirect_uri } }) });
    const store = new MetadataStore({
      dataSource,
      config: redirect('https://api.test/callback'),
      logger: silent,
    });
    await store.initialize();
    const stored = () => dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'atlassian' });
    expect((await stored()).oauthRedirectUri).toBe('https://api.test/callback');
    await store.sync(redirect('https://api2.test/callback'));
    expect((await stored()).oauthRedirectUri).toBe('https://api2.test/callback');
    expect((await store.registry.get('atlassian')).oauth?.redirectUri).toBe('https://api2.test/callback');
  });

  it('a write that fails undoes the whole sync, and nothing says that it was synced', async () => {
    const { dataSource } = shared;
    const logger = recordingLogger();
    const store = await new MetadataStore({ dataSource, config, logger }).initialize();
    await refuseWrites(dataSource, 'github');
    onTestFinished(() => acceptWrites(dataSource));
    logger.lines.length = 0;
    const changed = declaration({ atlassian: entry({ cloud_id: '1' }), github: entry({ cloud_id: '1' }) });
    await expect(store.sync(changed)).rejects.toMatchObject({ code: 'database_failed' });
    expect(logger.lines).toEqual([
      expect.stringMatching(/^error: The connections were not synced\. .*refused/),
    ]);
    const rows = await dataSource.getRepository(ConnectionConfig).find();
    expect(rows.map(({ extraConfig }) => extraConfig)).toEqual([null, null]);
    await acceptWrites(dataSource);
    expect((await store.sync()).updated.map(({ name }) => name)).toEqual(['atlassian', 'github']);
  });

  it('an entry that is wrong is reported by name and stops no other', async () => {
    const { dataSource } = shared;
    const logger = recordingLogger();
    const wrong = declaration({ atlassian: { ...entry(), url: 'ftp://x' }, github: entry() });
    const store = await new MetadataStore({ dataSource, config: wrong, logger }).initialize();
    expect(await names(dataSource)).toEqual(['github']);
    expect(store.lastSync).toMatchObject({ ok: true, report: { rejected: [{ name: 'atlassian' }] } });
    expect(logger.lines).toContainEqual(
      expect.stringMatching(/^error: .*"atlassian".*mcpServers\.atlassian\.url/),
    );
  });

  it('a sync that failed does not keep anybody from logging in; the name is validated against the configuration', async () => {
    const { dataSource } = shared;
    await refuseWrites(dataSource, 'atlassian');
    onTestFinished(() => acceptWrites(dataSource));
    const store = await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    expect(await names(dataSource)).toEqual([]);
    expect((await store.registry.get('atlassian')).name).toBe('atlassian');
    await logIn(dataSource);
    await expect(store.registry.get('atlasian')).rejects.toMatchObject({
      code: 'connection_unknown',
      message: expect.stringContaining('atlassian'),
    });
  });

  it('a changed cloud_id and extra_config reach the row that is there', async () => {
    const { dataSource } = shared;
    const store = await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    const { id } = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'atlassian' });
    await store.sync(
      declaration({ atlassian: entry({ cloud_id: 'new', extra_config: { team: 'x' } }), github: entry() }),
    );
    const row = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'atlassian' });
    expect([row.id, row.extraConfig]).toEqual([id, { team: 'x', cloud_id: 'new' }]);
  });
});
