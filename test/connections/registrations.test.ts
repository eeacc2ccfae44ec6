/** Registered clients that cannot be decrypted. */
import { expect, it } from 'vitest';
import { describeEachEngine } from '../setup/database';
import { rings, useLostClients } from '../setup/lost-clients';
import { answer } from '../setup/site';

const lostClient = { connectionName: 'linear', code: 'key_unknown' };

describeEachEngine('Registered clients', (engine) => {
  const { world, connectionsWith, withLostClient } = useLostClients(engine);

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
});
