/**
 * A token that the original service stored is refreshed when its own `expires_at` says so, in each of its formats.
 *
 * @module-tag long
 */
import { expect, it, onTestFinished } from 'vitest';
import { parseConnections } from '../../../src/config/parse';
import { connectionRegistry } from '../../../src/config/registry';
import { Connections } from '../../../src/connections/connections';
import { UserConnectionToken } from '../../../src/entities';
import { bareGcmFormat, fernetFormat } from '../../../src/legacy';
import { runConnectionMigrations } from '../../../src/migrations';
import { parseKeyRing } from '../../../src/tokens/key-ring';
import { keyOf } from '../../setup/connected';
import { describeEachEngine } from '../../setup/database';
import { declaration, entry } from '../../setup/declarations';
import { generations, legacyDatabase } from '../../setup/legacy';
import { recordingLogger } from '../../setup/recording-logger';
import { TokenEndpoint } from '../../setup/token-endpoint';

const secret = 'legacy-jwt-secret-for-fixtures';
const formats = { a: fernetFormat(secret), b: bareGcmFormat(secret) };

describeEachEngine('An adopted token', (engine) => {
  it.each(generations)('of generation %s is refreshed, saved and served', async (generation) => {
    const dataSource = await legacyDatabase(engine, generation);
    await runConnectionMigrations(dataSource, { logger: recordingLogger() });
    const endpoint = await TokenEndpoint.start();
    onTestFinished(() => endpoint.stop());
    const oauth_config = { client_id: 'c', authorize_url: `${endpoint.origin}/a`, token_url: endpoint.url };
    const config = declaration({ atlassian: entry({ oauth_config }) });
    const registry = connectionRegistry(parseConnections(config));
    const cipher = parseKeyRing(`k1:${keyOf('1')}`, { legacy: [formats[generation]] });
    const options = { cipher, logger: recordingLogger(), publicUrl: 'https://api.example.test' };
    const connections = new Connections({ dataSource, registry }, options);
    onTestFinished(() => connections.close());
    endpoint.nextAnswer(200, {
      access_token: 'at-new',
      refresh_token: 'rt-new',
      token_type: 'Bearer',
      expires_in: 3600,
    });

    const { accessToken } = await connections.getAccessToken('u-ada', 'atlassian');

    expect(accessToken).toBe('at-new');
    expect(new URLSearchParams(endpoint.requests[0]?.body).get('refresh_token')).toBe('rt-ada-atlassian');
    const row = await dataSource.getRepository(UserConnectionToken).findOneByOrFail({ id: 't-1' });
    expect(row).toMatchObject({
      generation: 1,
      claimedGeneration: 1,
      leaseExpiresAt: null,
      status: 'active',
    });
    expect((await connections.getAccessToken('u-ada', 'atlassian')).accessToken).toBe('at-new');
  });
});
