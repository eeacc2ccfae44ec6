/** Registered clients that a rename leaves behind, or brings to a name which has one already. */
import { expect, it, vi } from 'vitest';
import { RegistrationTable } from '../../src/connections/registrations/table';
import { describeEachEngine } from '../setup/database';
import { rings, useLostClients } from '../setup/lost-clients';
import { REDIRECT_URI } from '../setup/mcp-world';

describeEachEngine('Registered clients', (engine) => {
  const { world, connectionsWith, withLostClient } = useLostClients(engine);

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
    const oauth = { redirect_uri: REDIRECT_URI };
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
