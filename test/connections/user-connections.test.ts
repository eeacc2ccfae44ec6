import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { describeEachEngine } from '../setup/database';
import { ConnectedHost, HOUR_MS } from '../setup/connected';

describeEachEngine('The list of a user', (engine) => {
  const host = ConnectedHost.forTests(engine);

  it('has no field of the metadata that looks like a secret, at any depth', async () => {
    const connections = host.connections();
    const providerMetadata: JsonObject = {
      client_secret: 'hunter2',
      cloud_id: '1',
      'authed_user.access_token': 'hunter2',
      oauth: { clientSecret: 'hunter2', sites: [{ api_key: 'hunter2', url: 'https://a.example' }] },
      token_type: 'Bearer',
    };
    await connections.importTokens('ada', 'atlassian', {
      accessToken: 'a1',
      refreshToken: 'r1',
      expiresAt: new Date(Date.now() + HOUR_MS),
      providerMetadata,
    });
    const [account] = (await connections.list('ada'))[0]?.accounts ?? [];
    expect(account?.providerMetadata).toEqual({
      cloud_id: '1',
      oauth: { sites: [{ url: 'https://a.example' }] },
      token_type: 'Bearer',
    });
    // What another program needs is still there.
    expect((await host.row('ada')).providerMetadata).toEqual(providerMetadata);
  });

  it('has no metadata where there is no object, and instants that have passed where there are none', async () => {
    const connections = host.connections();
    const { id } = await host.user(connections);
    const { rows, dataSource } = host;
    const table = rows.metadata.tablePath
      .split('.')
      .map((part) => dataSource.driver.escape(part))
      .join('.');
    for (const text of ['[{"token": "t"}]', '"text"', '7', 'null', "{'a': 1}", '']) {
      await dataSource.query(
        `UPDATE ${table} SET provider_metadata = '${text.replaceAll("'", "''")}', expires_at = 'soon', created_at = ''`,
      );
      const [account] = (await connections.list(id))[0]?.accounts ?? [];
      expect(account).toMatchObject({
        providerMetadata: null,
        expiresAt: new Date(0),
        connectedAt: new Date(0),
      });
    }
  });
});
