/** What once went wrong in production, each by its story: it must now be impossible, or harmless. */
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { TableColumn } from 'typeorm';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { CreateAllContext } from '../src';
import {
  ConnectionConfig,
  ConnectionOAuthState,
  MetadataStore,
  UserConnectionToken,
  parseKeyRing,
  runConnectionMigrations,
} from '../src';
import { ConnectedHost, keyOf } from './setup/connected';
import { declaration, entry } from './setup/declarations';
import { describeEachEngine, testDatabase, withoutDriverWaits } from './setup/database';
import { recordingLogger } from './setup/recording-logger';
import { acceptWrites, refuseWrites } from './setup/refuse-writes';
import type { Responder } from './setup/token-endpoint';
import { TokenEndpoint } from './setup/token-endpoint';

const config = declaration({ atlassian: entry(), github: entry() });

const logIn = (dataSource: DataSource) =>
  dataSource.getRepository(ConnectionOAuthState).insert({
    state: 'hash',
    userId: 'u-ada',
    connectionName: 'atlassian',
    account: 'default',
    createdAt: new Date(),
    expiresAt: new Date(),
  });

const names = async (dataSource: DataSource) => {
  const rows = await dataSource.getRepository(ConnectionConfig).find();
  return rows.map(({ name }) => name).toSorted();
};

async function dropColumn(dataSource: DataSource, column: string): Promise<void> {
  const queryRunner = dataSource.createQueryRunner();
  await queryRunner.dropColumn(dataSource.getMetadata(ConnectionConfig).tablePath, column);
  await queryRunner.release();
}

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();
  const database = () => testDatabase(engine);

  it('a subclass that overrides createAll without super still gets tables and a synced table', async () => {
    class AppStore extends MetadataStore {
      protected override async createAll() {}
    }
    const dataSource = await (await database()).connect();
    await new AppStore({ dataSource, config, logger: silent }).initialize();
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
    await logIn(dataSource);
  });

  it('a subclass that calls super finds everything it needs, whatever its constructor does', async () => {
    const found: boolean[] = [];
    class AppStore extends MetadataStore {
      private readonly session = 'made after the base constructor ran';
      protected override async createAll(context: CreateAllContext) {
        await super.createAll(context);
        found.push(this.session.length > 0, context.dataSource.isInitialized);
        await context.dataSource.getRepository(ConnectionConfig).count();
      }
    }
    const dataSource = (await database()).dataSource();
    await new AppStore({ dataSource, config, logger: silent }).initialize();
    expect(found).toEqual([true, true]);
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
  });

  it('the redirect URI that is configured is kept, and a changed one replaces it', async () => {
    const dataSource = await (await database()).connect();
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

  it('a column added to the model is added to the deployed table, with its rows kept', async () => {
    class AddRegion1795305600002 implements MigrationInterface {
      async up(queryRunner: QueryRunner) {
        const { tablePath } = queryRunner.manager.getRepository(ConnectionConfig).metadata;
        await queryRunner.addColumn(
          tablePath,
          new TableColumn({ name: 'region', type: 'varchar', isNullable: true }),
        );
      }
      async down() {}
    }
    class NextRelease extends MetadataStore {
      protected override async createAll(context: CreateAllContext) {
        await context.runMigrations('regional', [AddRegion1795305600002]);
      }
    }
    const dataSource = await (await database()).connect();
    await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    const before = await dataSource.getRepository(ConnectionConfig).find();
    await new NextRelease({ dataSource, config, logger: silent }).initialize();
    const queryRunner = dataSource.createQueryRunner();
    const table = await queryRunner.getTable(dataSource.getMetadata(ConnectionConfig).tablePath);
    await queryRunner.release();
    expect(table?.columns.map(({ name }) => name)).toContain('region');
    expect(await dataSource.getRepository(ConnectionConfig).find()).toEqual(before);
  });

  it('a start on a table that lacks a column says so and goes on', async () => {
    const dataSource = await (await database()).connect();
    await runConnectionMigrations(dataSource);
    await dropColumn(dataSource, 'oauth_redirect_uri');
    const logger = recordingLogger();
    const store = await new MetadataStore({ dataSource, config, logger }).initialize();
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'schema_outdated' } });
    expect(logger.lines.join('\n')).toContain('oauth_redirect_uri');
  });

  it('a failed statement of a sync leaves every later query working, with one connection in the pool too', async () => {
    const dataSource = await (await database()).connect({ poolSize: 1 });
    await runConnectionMigrations(dataSource);
    await refuseWrites(dataSource, 'github');
    const store = await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    expect(store.lastSync).toMatchObject({ ok: false, error: { code: 'database_failed' } });
    await logIn(dataSource);
    expect(
      await dataSource.transaction((manager) => manager.getRepository(ConnectionOAuthState).count()),
    ).toBe(1);
    await dropColumn(dataSource, 'oauth_redirect_uri');
    await expect(store.sync()).rejects.toMatchObject({ code: 'schema_outdated' });
    expect(await dataSource.getRepository(UserConnectionToken).count()).toBe(0);
  });

  it('a write that fails undoes the whole sync, and nothing says that it was synced', async () => {
    const dataSource = await (await database()).connect();
    const logger = recordingLogger();
    const store = await new MetadataStore({ dataSource, config, logger }).initialize();
    await refuseWrites(dataSource, 'github');
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
    const dataSource = await (await database()).connect();
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
    const dataSource = await (await database()).connect();
    await runConnectionMigrations(dataSource);
    await refuseWrites(dataSource, 'atlassian');
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
    const dataSource = await (await database()).connect();
    const store = await new MetadataStore({ dataSource, config, logger: silent }).initialize();
    const { id } = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'atlassian' });
    await store.sync(
      declaration({ atlassian: entry({ cloud_id: 'new', extra_config: { team: 'x' } }), github: entry() }),
    );
    const row = await dataSource.getRepository(ConnectionConfig).findOneByOrFail({ name: 'atlassian' });
    expect([row.id, row.extraConfig]).toEqual([id, { team: 'x', cloud_id: 'new' }]);
  });

  it('replicas that start at once on an empty database make one history and each row once', async () => {
    const shared = await database();
    const noWait = engine === 'sqlite' ? withoutDriverWaits : { poolSize: 1 };
    const stores = Array.from(
      { length: 6 },
      () => new MetadataStore({ dataSource: shared.dataSource(noWait), config, logger: silent }),
    );
    await Promise.all(stores.map((store) => store.initialize()));
    const created = stores.map(({ lastSync }) => (lastSync?.ok ? lastSync.report.created.length : -1));
    expect(created.toSorted((a, b) => a - b)).toEqual([0, 0, 0, 0, 0, 2]);
    const [{ dataSource }] = stores as [MetadataStore];
    expect(await names(dataSource)).toEqual(['atlassian', 'github']);
    expect(await runConnectionMigrations(dataSource)).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('a refresh that fails or times out takes no connection away', async () => {
    const host = await ConnectedHost.open(engine, (cleanUp) => onTestFinished(cleanUp));
    const endpoint = await TokenEndpoint.start();
    onTestFinished(() => endpoint.stop());
    const failing = host.config({ token_url: endpoint.url });
    const connections = (requestTimeoutMs?: number) =>
      host.connections({ requestTimeoutMs, logger: silent }, failing);
    const { id } = await host.user(connections());
    const { accessTokenEncrypted, refreshTokenEncrypted } = await host.row(id);
    const failures: readonly (readonly [Responder, number?])[] = [
      [() => undefined, 200],
      [(response) => void response.socket?.destroy()],
      [(response) => void response.writeHead(500).end()],
      [(response) => void response.writeHead(400).end('{"error":"invalid_grant"}')],
    ];
    for (const [failure, requestTimeoutMs] of failures) {
      endpoint.next(failure);
      await expect(connections(requestTimeoutMs).getAccessToken(id, 'atlassian')).rejects.toThrow();
      expect(await host.row(id)).toMatchObject({ accessTokenEncrypted, refreshTokenEncrypted });
    }
  });

  it('a key of its own encrypts tokens, and a row that does not open is no missing connection', async () => {
    const host = await ConnectedHost.open(engine, (cleanUp) => onTestFinished(cleanUp));
    const { id } = await host.user(host.connections(), 3_600_000);
    const before = await host.row(id);
    const other = host.connections({ cipher: parseKeyRing(`k2:${keyOf('2')}`), logger: silent });
    await expect(other.getAccessToken(id, 'atlassian')).rejects.toMatchObject({ code: 'key_unknown' });
    expect(await other.list(id)).toMatchObject([{ status: 'key_missing' }]);
    expect(await other.reencrypt()).toMatchObject({
      rewritten: 0,
      failed: 1,
      failures: [{ userId: id, code: 'key_unknown' }],
    });
    expect(await host.row(id)).toEqual(before);
  });
});

describe('In production', () => {
  it('making a store touches no database', () => {
    const store = new MetadataStore({ dataSource: { type: 'postgres', host: 'nowhere.invalid' }, config });
    expect(store.dataSource.isInitialized).toBe(false);
  });
});
