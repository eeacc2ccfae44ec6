/** What once went wrong in production with the tokens of users, each by its story: it must now be impossible, or harmless. */
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { parseKeyRing } from '../src';
import { describeEachEngine } from './setup/database';
import { recordingLogger } from './setup/recording-logger';
import type { Responder } from './setup/token-endpoint';
import { TokenEndpoint } from './setup/token-endpoint';
import { TokenHost } from './setup/token-host';

const id = 'ada';
/** Nothing is sent. */
const NOWHERE = 'https://provider.invalid';

describeEachEngine('In production', (engine) => {
  const silent = recordingLogger();
  const host = new TokenHost(engine);
  beforeEach(() => host.rows.deleteAll());

  it('a refresh that fails or times out takes no connection away', async () => {
    const endpoint = await TokenEndpoint.start();
    onTestFinished(() => endpoint.stop());
    const connections = (requestTimeoutMs?: number) =>
      host.connections(endpoint.origin, { requestTimeoutMs, logger: silent });
    await host.importUsers(connections(), [id]);
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
    await host.importUsers(host.connections(NOWHERE), [id], 3_600_000);
    const before = await host.row(id);
    const key = Buffer.alloc(32, '2').toString('base64');
    const other = host.connections(NOWHERE, { cipher: parseKeyRing(`k2:${key}`), logger: silent });
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
