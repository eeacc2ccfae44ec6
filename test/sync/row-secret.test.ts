import { expect, it } from 'vitest';
import { syncConnectionConfigs } from '../../src/sync/sync';
import { tableRegistry } from '../../src/sync/table-registry';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { syncedTable } from '../setup/synced-table';

const config = declaration({
  full: entry({
    enabled: true,
    oauth_config: {
      client_id: 'c',
      client_secret_env: 'SECRET',
      authorize_url: 'https://auth.test/a',
      token_url: 'https://auth.test/t',
    },
  }),
  file: entry({ enabled: true, oauth_config: { client_secret_file: '/run/secrets/x' } }),
  arn: entry({ enabled: true, oauth_config: { client_secret_arn: 'arn:aws:x' } }),
  off: entry({ enabled: false }),
});

const api_origins = ['https://api.test'];
const headers = { 'X-Api-Key': '${KEY}', 'X-Cloud-Id': '1' };
const withHeaders = declaration({ full: entry({ enabled: true, api_origins, headers }) });

describeEachEngine('A row that refers to a client secret', (engine) => {
  const tables = new MigratedDatabase(engine);
  const synced = () => syncedTable(tables, config);

  const rejected = { code: 'connection_rejected', connectionName: 'full' };
  const sendTo = {
    token_url: { oauthTokenUrl: 'https://evil.test/t' },
    refresh_url: { oauthOptions: { client_secret_env: 'SECRET', refresh_url: 'https://evil.test/r' } },
    revoke_url: { oauthOptions: { client_secret_env: 'SECRET', revoke_url: 'https://evil.test/r' } },
  };
  const nameAnother = {
    'another variable': { client_secret_env: 'CONNECTION_KEYS' },
    'a file': { client_secret_file: 'SECRET' },
    'an ARN': { client_secret_arn: 'arn:SECRET' },
  };

  it('cannot be used while nothing says that it may', async () => {
    const { repo } = await synced();
    await repo.update({ name: 'off' }, { enabled: true });
    const registry = tableRegistry(repo);
    await expect(registry.get('full')).rejects.toMatchObject({
      ...rejected,
      message: expect.stringMatching(/"SECRET".*`document`.*`allowSecret`/),
    });
    expect((await registry.list()).map(({ name }) => name)).toEqual(['off']);
    expect(await registry.names()).toEqual([
      { name: 'arn', status: 'rejected' },
      { name: 'file', status: 'rejected' },
      { name: 'full', status: 'rejected' },
      { name: 'off', status: 'usable' },
    ]);
  });

  it.each(Object.entries(nameAnother))('does not get %s with the document', async (_what, reference) => {
    const { repo, registry } = await synced();
    await repo.update({ name: 'full' }, { oauthOptions: reference });
    await expect(registry.get('full')).rejects.toMatchObject({
      ...rejected,
      message: expect.stringMatching(/the document does not declare.*Sync.*`allowSecret`/),
    });
    expect((await registry.list()).map(({ name }) => name)).toEqual(['arn', 'file']);
  });

  it.each(Object.entries(sendTo))('does not send the declared secret to another %s', async (_what, to) => {
    const { repo, registry } = await synced();
    await repo.update({ name: 'full' }, to);
    await expect(registry.get('full')).rejects.toMatchObject(rejected);
  });

  it('does not send it to where another address or issuer leads discovery', async () => {
    const { repo, registry } = await synced();
    expect(await registry.get('file')).toMatchObject({ oauth: { tokenUrl: null } });
    await repo.update({ name: 'file' }, { url: 'https://evil.test/mcp' });
    await repo.update(
      { name: 'arn' },
      {
        oauthOptions: { client_secret_arn: 'arn:aws:x', issuer: 'https://evil.test' },
      },
    );
    for (const connectionName of ['file', 'arn']) {
      await expect(registry.get(connectionName)).rejects.toMatchObject({ ...rejected, connectionName });
    }
  });

  it('does not get the secret of another connection', async () => {
    const { repo, registry } = await synced();
    await repo.update({ name: 'off' }, { enabled: true, oauthOptions: { client_secret_env: 'SECRET' } });
    await expect(registry.get('off')).rejects.toMatchObject({ code: 'connection_rejected' });
  });

  it('gets none of a document that cannot be read', async () => {
    const { repo } = await synced();
    await expect(tableRegistry(repo, { document: 'oops' }).get('full')).rejects.toMatchObject(rejected);
  });

  it('sends what its headers name to where the document says, and nothing else anywhere', async () => {
    const { repo, registry } = await syncedTable(tables, withHeaders);
    const declared = { api_origins, headers: { 'X-Api-Key': { env: 'KEY' }, 'X-Cloud-Id': '1' } };
    expect((await registry.get('full')).oauth?.headers).toMatchObject({ 'X-Api-Key': { name: 'KEY' } });
    await expect(tableRegistry(repo).get('full')).rejects.toMatchObject({
      ...rejected,
      message: expect.stringMatching(/a secret, the variable "KEY".*`document`.*`allowSecret`/),
    });
    for (const edited of [
      { oauthOptions: { ...declared, headers: { 'X-Api-Key': { env: 'CONNECTION_KEYS' } } } },
      { oauthOptions: { ...declared, headers: { 'X-Api-Key': { file: 'KEY' } } } },
      { oauthOptions: { ...declared, headers: { ...declared.headers, 'X-Other': { env: 'OTHER' } } } },
      { oauthOptions: { ...declared, api_origins: [...api_origins, 'https://evil.test'] } },
      { url: 'https://evil.test/mcp' },
    ]) {
      await repo.update({ name: 'full' }, edited);
      await expect(registry.get('full')).rejects.toMatchObject(rejected);
      await syncConnectionConfigs(withHeaders, repo);
    }
    const plain = { ...declared, headers: { ...declared.headers, 'X-Cloud-Id': '2' } };
    await repo.update({ name: 'full' }, { oauthOptions: plain });
    expect((await registry.get('full')).oauth?.headers).toMatchObject({ 'X-Cloud-Id': '2' });
  });

  it('sends each secret in the header that the document says, also where the secrets stay the same', async () => {
    const declared = declaration({
      full: entry({ enabled: true, headers: { 'X-A': '${ONE}', 'X-B': '${TWO}', 'X-C': 'plain' } }),
    });
    const { repo, registry } = await syncedTable(tables, declared);
    const [one, two] = [{ env: 'ONE' }, { env: 'TWO' }];
    for (const moved of [
      { 'X-A': two, 'X-B': one, 'X-C': 'plain' },
      { 'X-A': one, 'X-B': 'plain', 'X-C': two },
      { 'X-A': one, 'X-Other': two },
      { 'X-A': one, 'x-b': two },
    ]) {
      await repo.update({ name: 'full' }, { oauthOptions: { headers: moved } });
      await expect(registry.get('full')).rejects.toMatchObject(rejected);
    }
    const report = await syncConnectionConfigs(declared, repo);
    expect(report.updated.map(({ name }) => name)).toEqual(['full']);
    expect(await registry.get('full')).toMatchObject({ oauth: { headers: { 'X-A': { name: 'ONE' } } } });
  });

  it('gets what the host allows, when it says true', async () => {
    const { repo } = await synced();
    const asked: unknown[] = [];
    const allowing = (answer: unknown) =>
      tableRegistry(repo, {
        allowSecret: (reference, connectionName) => {
          asked.push([reference, connectionName]);
          return answer as boolean;
        },
      });
    const { oauth } = await allowing(true).get('full');
    expect(oauth?.clientSecret).toEqual({ kind: 'env', name: 'SECRET' });
    expect(asked).toEqual([[{ kind: 'env', name: 'SECRET' }, 'full']]);
    for (const answer of [false, undefined, 'yes', 1, Promise.resolve(true)]) {
      await expect(allowing(answer).get('full')).rejects.toMatchObject(rejected);
    }
  });
});
