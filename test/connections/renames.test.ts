/** Users and connections that are renamed: the tokens go along, and nothing is lost. */
import { expect, it } from 'vitest';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { shortenPauses } from '../setup/short-pauses';

describeEachEngine('Hosts', (engine) => {
  const host = ConnectedHost.forTests(engine);
  shortenPauses();

  it('rename a user: the tokens go along, and open for nobody else', async () => {
    const connections = host.connections();
    const { id, grant } = await host.user(connections, HOUR_MS);
    const renamed = `${id}@new`;
    expect(await connections.renameUser(id, renamed)).toBe(1);
    expect((await connections.getAccessToken(renamed, 'atlassian')).accessToken).toBe(grant.accessToken);
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject({
      code: 'not_connected',
    });
    const { id: taken } = await host.user(connections, HOUR_MS);
    await expect(connections.renameUser(renamed, taken)).rejects.toMatchObject({ code: 'account_taken' });
    expect((await connections.getAccessToken(renamed, 'atlassian')).accessToken).toBe(grant.accessToken);
  });

  it('rename a connection that 250 users have, while one of them is being served a new token', async () => {
    await host.rows.deleteAll();
    const old = host.connections();
    const entries = Array.from({ length: 250 }, (_, index) => {
      return { userId: `u${index}`, connectionName: 'atlassian', accessToken: `at-${index}` };
    });
    await old.importAll(entries);
    const { id, grant } = await host.user(old);
    const { oauth_config } = host.config().mcpServers['atlassian'] as { oauth_config: object };
    const config = declaration({ jira: entry({ oauth_config: oauth_config as never }) });
    const renamed = host.connections({}, config);
    const answered = new Promise<() => void>((resolve) => {
      host.server.interferences.push(async ({ perform, response }) => {
        const { status, body } = await perform();
        resolve(() => void response.writeHead(status).end(body));
      });
    });
    const serving = old.getAccessToken(id, 'atlassian').catch((error: { code: string }) => error.code);
    const answer = await answered;
    const renaming = renamed.renameConnection('atlassian', 'jira');
    answer();
    expect(await renaming).toBe(251);
    await serving;
    expect((await renamed.getAccessToken('u249', 'jira')).accessToken).toBe('at-249');
    await host.expire(id);
    expect((await renamed.getAccessToken(id, 'jira')).accessToken).not.toBe(grant.accessToken);
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });
});
