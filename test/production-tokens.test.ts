/** What once went wrong in production with the tokens of users, each by its story: it must now be impossible, or harmless. */
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { parseKeyRing } from '../src';
import { ConnectedHost, HOUR_MS, keyOf } from './setup/connected';
import { describeEachEngine } from './setup/database';
import { recordingLogger } from './setup/recording-logger';
import type { Responder } from './setup/token-endpoint';
import { TokenEndpoint } from './setup/token-endpoint';

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();
  const host = ConnectedHost.forTests(engine);
  beforeEach(() => host.rows.deleteAll());

  it('a refresh that fails or times out takes no connection away', async () => {
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
    const { id } = await host.user(host.connections(), HOUR_MS);
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
