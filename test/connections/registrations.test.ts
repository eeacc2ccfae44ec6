/** Registered clients that cannot be decrypted, or that a rename brings to a name which has one already. */
import { beforeEach, expect, it, vi } from 'vitest';
import type { ConnectionsOptions } from '../../src';
import { keyRing } from '../../src';
import { RegistrationTable } from '../../src/connections/registrations/table';
import { keyOf } from '../setup/connected';
import { declaration, entry } from '../setup/declarations';
import { describeEachEngine } from '../setup/database';
import { McpWorld } from '../setup/mcp-world';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

const k1 = { k1: keyOf('1') };
const k2 = { k2: keyOf('2') };
const rings = {
  first: keyRing({ current: 'k1', keys: k1 }),
  both: keyRing({ current: 'k2', keys: { ...k1, ...k2 } }),
  second: keyRing({ current: 'k2', keys: k2 }),
};
const lostClient = { connectionName: 'linear', code: 'key_unknown' };

describeEachEngine('Registered clients', (engine) => {
  const world = McpWorld.forTests(engine);
  shortenPauses();
  beforeEach(async () => {
    await world.startAnew();
    world.host.logger.lines.length = 0;
  });

  const connectionsWith = (options: Partial<ConnectionsOptions>, oauth = {}, name = 'linear') =>
    world.host.connections(
      { publicUrl: 'https://api.example.test', trustedOrigins: { [world.auth.origin]: [name] }, ...options },
      declaration({ [name]: entry({ url: world.url, oauth_config: oauth }) }),
    );
  const oldHost = { publicUrl: 'https://old.example.test' };
  /** A user with tokens of `k2`, and beside their client one that only `k1` decrypts, of a redirect URI that nobody uses. */
  const withLostClient = async () => {
    await connectionsWith({ ...oldHost, cipher: rings.first }).authorize('ada', 'linear');
    const connections = connectionsWith({ cipher: rings.second });
    await world.connect(connections);
    await world.host.expire('ada');
    return connections;
  };

  it('keep nobody from a refresh, when another one of the connection cannot be decrypted', async () => {
    const connections = await withLostClient();
    expect((await connections.getAccessToken('ada', 'linear')).accessToken).toBe('at-2');
    expect(world.tokenRequests.at(-1)).toMatchObject({ client_id: 'registered-2' });
  });

  it('are told when they cannot be encrypted again, and are not skipped for ever', async () => {
    const connections = await withLostClient();
    const report = { rewritten: 0, current: 2, skipped: 0, legacy: 0, failed: 1, failures: [lostClient] };
    expect(await connections.reencrypt()).toEqual(report);
    expect(world.host.logger.lines).toEqual([
      expect.stringMatching(
        /^warn: .*connection "linear".*https:\/\/old.example.test.*key "k1".*delete the row/,
      ),
    ]);
    const both = connectionsWith({ cipher: rings.both });
    expect(await both.reencrypt()).toEqual({ ...report, rewritten: 1, failed: 0, failures: [] });
    expect(await connections.reencrypt()).toEqual({ ...report, current: 3, failed: 0, failures: [] });
  });

  it('that cannot be decrypted are no reason for their users to connect again', async () => {
    const both = connectionsWith({ cipher: rings.both });
    await connectionsWith({ cipher: rings.first }).authorize('ada', 'linear');
    await world.connect(both);
    await world.host.expire('ada');
    const second = connectionsWith({ cipher: rings.second });
    await expect(second.getAccessToken('ada', 'linear')).rejects.toMatchObject({ code: 'key_unknown' });
    expect(await world.host.row('ada')).toMatchObject({ status: 'active', generation: 1 });
    expect((await both.getAccessToken('ada', 'linear')).accessToken).toBe('at-2');
  });

  it('that cannot be decrypted are named by the error of a flow, which begins once the row is deleted', async () => {
    await connectionsWith({ cipher: rings.first }).authorize('ada', 'linear');
    const second = connectionsWith({ cipher: rings.second });
    await expect(second.authorize('ada', 'linear')).rejects.toMatchObject({
      code: 'key_unknown',
      connectionName: 'linear',
      message: expect.stringMatching(/connection_client_registrations.*"linear".*"k1".*delete the row/),
    });
    await world.clients.update({ connectionName: 'linear' }, { clientEncrypted: 'v1.k2.AAAA.AAAA' });
    await expect(second.authorize('ada', 'linear')).rejects.toMatchObject({
      code: 'ciphertext_invalid',
      message: expect.stringMatching(/connection_client_registrations.*"linear".*or delete it/),
    });
    await world.clients.delete({ connectionName: 'linear' });
    const { authorizationUrl } = await second.authorize('ada', 'linear');
    expect(new URL(authorizationUrl).searchParams.get('client_id')).toBe('registered-2');
  });

  it('that cannot be decrypted come back where no other can be registered in their place', async () => {
    const first = connectionsWith({ cipher: rings.first });
    await first.authorize('ada', 'linear');
    world.auth.pages.set('/register', answer(503));
    const second = connectionsWith({ cipher: rings.second });
    await expect(second.authorize('ada', 'linear', { newClient: true })).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    const { authorizationUrl } = await first.authorize('ada', 'linear');
    expect(new URL(authorizationUrl).searchParams.get('client_id')).toBe('registered-1');
  });

  it('that cannot be decrypted stay behind when a connection is renamed, until a process has the key', async () => {
    await withLostClient();
    const renamed = connectionsWith({ cipher: rings.second }, {}, 'renamed');
    expect(await renamed.renameConnection('linear', 'renamed')).toBe(1);
    expect((await renamed.getAccessToken('ada', 'renamed')).accessToken).toBe('at-2');
    expect(await world.clients.countBy({ connectionName: 'linear' })).toBe(1);
    expect(world.host.logger.lines).toEqual([expect.stringMatching(/^warn: .*connection "linear"/)]);
    const both = connectionsWith({ cipher: rings.both }, {}, 'renamed');
    expect(await both.renameConnection('linear', 'renamed')).toBe(0);
    expect(await world.clients.countBy({ connectionName: 'linear' })).toBe(0);
  });

  it('that other processes keep changing stay behind when a connection is renamed, and the log says so', async () => {
    const { cipher } = world.host;
    await world.connect(connectionsWith({ cipher }));
    const { tablePath } = world.clients.metadata;
    const unchanged = { sql: `DELETE FROM ${tablePath} WHERE 1 = 0` };
    const changed = vi.spyOn(RegistrationTable.prototype, 'rename').mockReturnValue(unchanged);
    const renamed = connectionsWith({ cipher }, {}, 'renamed');
    expect(await renamed.renameConnection('linear', 'renamed')).toBe(1);
    expect(world.host.logger.lines).toEqual([
      expect.stringMatching(/^warn: .*connection "linear" still have that name.*`renameConnection` again/),
    ]);
    changed.mockRestore();
    // The last attempt of a call may be the one that succeeds.
    const late = vi.spyOn(RegistrationTable.prototype, 'rename');
    for (let attempt = 1; attempt < 5; attempt += 1) late.mockReturnValueOnce(unchanged);
    expect(await renamed.renameConnection('linear', 'renamed')).toBe(0);
    expect(await world.clients.countBy({ connectionName: 'renamed' })).toBe(1);
    expect(world.host.logger.lines).toHaveLength(1);
    late.mockRestore();
  });

  it('of both names serve the users of each, when one has connected under the new name before the rename', async () => {
    const oauth = { redirect_uri: 'https://api.example.test/connections/linear/callback' };
    const { cipher } = world.host;
    await world.connect(connectionsWith({ cipher }, oauth), 'ada');
    const renamed = connectionsWith({ cipher }, oauth, 'renamed');
    const connect = async (userId: string) => {
      const { searchParams } = new URL((await renamed.authorize(userId, 'renamed')).authorizationUrl);
      const state = searchParams.get('state') ?? '';
      await renamed.complete(`/connections/linear/callback?code=c&state=${state}`, { userId });
      return searchParams.get('client_id');
    };
    expect(await connect('ole')).toBe('registered-2');
    expect(await renamed.renameConnection('linear', 'renamed')).toBe(1);
    for (const [userId, client_id] of [
      ['ada', 'registered-1'],
      ['ole', 'registered-2'],
    ] as const) {
      await world.host.expire(userId);
      await renamed.getAccessToken(userId, 'renamed');
      expect(world.tokenRequests.at(-1)).toMatchObject({ grant_type: 'refresh_token', client_id });
    }
    expect(await connect('eve')).toBe('registered-2');
    expect(await world.clients.countBy({ connectionName: 'renamed' })).toBe(2);
    expect(await renamed.reencrypt()).toMatchObject({ current: 5, failed: 0 });
  });
});
