/** The SQL mode NO_BACKSLASH_ESCAPES, set for a session at any time: no text of a user's becomes SQL. */
import { beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { ConnectionConfig, syncConnectionConfigs } from '../../src';
import { ConnectedHost } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';

describe.skipIf(!inject('engines').includes('mariadb'))('NO_BACKSLASH_ESCAPES on mariadb', () => {
  const host = ConnectedHost.forTests('mariadb');
  /** With one connection, whose session has the mode. */
  let dataSource: DataSource;
  beforeAll(async () => {
    await host.dataSource.query('CREATE TABLE seized (at timestamp)');
    await host.dataSource.query(
      'CREATE FUNCTION seize() RETURNS int MODIFIES SQL DATA BEGIN INSERT INTO seized VALUES (NOW()); RETURN 1; END',
    );
    dataSource = await host.newDataSource();
    const { url } = dataSource.options as { url: string };
    await dataSource.setOptions({ poolSize: 1, url }).destroy();
    await dataSource.initialize();
  });
  beforeEach(async () => {
    await host.dataSource.query('DELETE FROM seized');
    await dataSource.query("SET SESSION sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')");
  });

  const seized = async () => (await host.dataSource.query('SELECT * FROM seized')).length as number;
  const attack = "') OR seize() -- ";

  it('would turn what the driver writes by itself into SQL', async () => {
    await dataSource.query('SELECT (1 = ?)', [attack]).catch(() => undefined);
    expect(await seized()).toBeGreaterThan(0);
  });

  it.each([true, false])('makes no account into SQL (preparedStatements: %s)', async (preparedStatements) => {
    const connections = host.connections({ preparedStatements }, host.config(), dataSource);
    // For each row that is read, a condition that was changed would call the function.
    await connections.importTokens('someone', 'atlassian', { accessToken: 'at' });
    const asked = connections.getAccessToken('ada', 'atlassian', { account: attack });
    await expect(asked).rejects.toMatchObject({ code: 'not_connected' });
    const refused = { code: expect.stringMatching(/^(not_connected|engine_unsupported)$/) };
    const many = [attack, "') OR 1 -- ", 'plain', '\\', "\\' OR seize() -- "].map((account) =>
      connections.getAccessToken(attack, 'atlassian', { account }),
    );
    for (const one of await Promise.allSettled(many)) expect(one).toMatchObject({ reason: refused });
    expect(await connections.list(attack)).toMatchObject([{ status: 'not_connected' }]);
    expect(await connections.disconnect(attack, 'atlassian')).toMatchObject({ removed: false });
    expect(await connections.forgetUser(attack)).toBe(0);
    const renamed = await connections.renameUser(attack, 'ada').catch(({ code }: { code: string }) => code);
    expect([0, 'engine_unsupported']).toContain(renamed);
    expect(await seized()).toBe(0);
  });

  it.each([true, false])(
    'keeps such an account as it is (preparedStatements: %s)',
    async (preparedStatements) => {
      const connections = host.connections({ preparedStatements }, host.config(), dataSource);
      for (const account of [attack, "it's", 'back\\slash', '"']) {
        await connections.importTokens('bo', 'atlassian', { accessToken: `at of ${account}` }, { account });
        const { accessToken } = await connections.getAccessToken('bo', 'atlassian', { account });
        expect(accessToken).toBe(`at of ${account}`);
      }
      expect([await connections.forgetUser('bo'), await seized()]).toEqual([4, 0]);
    },
  );

  it('lets a sync in a transaction of the host write what is declared, and nothing else', async () => {
    const description = `${attack} it's "quoted" \\ and \n more`;
    const config = declaration({ sly: entry({ description }) });
    await dataSource.transaction((manager) =>
      syncConnectionConfigs(config, manager.getRepository(ConnectionConfig)),
    );
    const [row] = await host.dataSource.getRepository(ConnectionConfig).findBy({ name: 'sly' });
    expect([row?.description, await seized()]).toEqual([description, 0]);
  });

  it('is refused by a sync of its own', async () => {
    const synced = syncConnectionConfigs(
      declaration({ other: entry() }),
      dataSource.getRepository(ConnectionConfig),
    );
    await expect(synced).rejects.toMatchObject({ code: 'engine_unsupported' });
  });
});
