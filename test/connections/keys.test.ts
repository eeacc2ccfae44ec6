/** Keys that come and go, and rows that were tampered with: typed errors, and nothing is lost. */
import { expect, it } from 'vitest';
import type { Connections, UserConnectionToken } from '../../src';
import { keyRing } from '../../src';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { ConnectedHost, HOUR_MS, keyOf } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { shortenPauses } from '../setup/short-pauses';

const k1 = { k1: keyOf('1') };
const k2 = { k2: keyOf('2') };
const rings = {
  old: keyRing({ current: 'k1', keys: k1 }),
  prepared: keyRing({ current: 'k1', keys: { ...k1, ...k2 } }),
  rotated: keyRing({ current: 'k2', keys: { ...k1, ...k2 } }),
  new: keyRing({ current: 'k2', keys: k2 }),
};

describeEachEngine('Keys', (engine) => {
  const host = ConnectedHost.forTests(engine);
  shortenPauses();

  it('are rotated in two deployments, old and new replicas side by side, and nobody notices', async () => {
    const replicas = {
      old: host.connections({ cipher: rings.old }),
      prepared: host.connections({ cipher: rings.prepared }),
      rotated: host.connections({ cipher: rings.rotated }),
    };
    const { id, grant } = await host.user(replicas.old);
    const everybody = (...of: readonly Connections[]) =>
      Promise.all(of.map((one) => one.getAccessToken(id, 'atlassian')));
    for (const pair of [
      [replicas.old, replicas.prepared],
      [replicas.prepared, replicas.rotated],
      [replicas.rotated, replicas.prepared],
    ]) {
      const served = await everybody(...pair);
      expect(new Set(served.map(({ accessToken }) => accessToken)).size).toBe(1);
      await host.expire(id);
    }
    const { failed, skipped } = await replicas.rotated.reencrypt();
    expect({ failed, skipped }).toEqual({ failed: 0, skipped: 0 });
    await everybody(host.connections({ cipher: rings.new }));
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it('re-encrypt, say what does not open, and touch nothing else', async () => {
    await host.rows.deleteAll();
    const before = host.connections({ cipher: rings.old });
    for (let index = 0; index < 7; index += 1) await host.user(before, HOUR_MS);
    const { id: changed } = await host.user(before, HOUR_MS);
    await host.rows.update({ userId: changed }, { accessTokenEncrypted: 'v1.k1.AAAA.AAAA' });
    const { id: lost } = await host.user(before, HOUR_MS);
    await host.rows.update(
      { userId: lost },
      { accessTokenEncrypted: 'v1.k0.AAAA.AAAA', leaseExpiresAt: new Date(Date.now() + MAX_LEASE_MS / 2) },
    );
    const { id: leased } = await host.user(before, HOUR_MS);
    await host.rows.update({ userId: leased }, { leaseExpiresAt: new Date(Date.now() + MAX_LEASE_MS / 2) });
    const rowsBefore = await host.rows.find({ order: { id: 'ASC' } });
    const rotated = host.connections({ cipher: rings.rotated });
    const { failures, ...counts } = await rotated.reencrypt();
    expect(counts).toEqual({ rewritten: 7, current: 0, skipped: 1, failed: 2, legacy: 0 });
    const about = { connectionName: 'atlassian', account: 'default' };
    expect(failures).toHaveLength(2);
    expect(failures).toEqual(
      expect.arrayContaining([
        { ...about, userId: changed, code: 'ciphertext_invalid' },
        { ...about, userId: lost, code: 'key_unknown' },
      ]),
    );
    await host.rows.update({ userId: leased }, { leaseExpiresAt: null });
    expect(await rotated.reencrypt()).toMatchObject({ rewritten: 1, current: 7, skipped: 0 });
    const texts = ({
      accessTokenEncrypted: _a,
      refreshTokenEncrypted: _r,
      leaseExpiresAt: _l,
      ...rest
    }: UserConnectionToken) => rest;
    expect((await host.rows.find({ order: { id: 'ASC' } })).map(texts)).toEqual(rowsBefore.map(texts));
    const stopped = rotated.reencrypt({ signal: AbortSignal.abort(new Error('stop')) });
    await expect(stopped).rejects.toThrow('stop');
  });

  it.each<
    [
      string,
      string,
      (row: UserConnectionToken, other: UserConnectionToken) => { accessTokenEncrypted: string },
    ]
  >([
    [
      'of a key that is not known',
      'key_unknown',
      (row) => ({ accessTokenEncrypted: row.accessTokenEncrypted.replace('v1.k1.', 'v1.k9.') }),
    ],
    [
      'that was cut short',
      'ciphertext_invalid',
      (row) => ({ accessTokenEncrypted: row.accessTokenEncrypted.slice(0, -4) }),
    ],
    [
      'of another user',
      'ciphertext_invalid',
      (_row, other) => ({ accessTokenEncrypted: other.accessTokenEncrypted }),
    ],
    [
      'of another column',
      'ciphertext_invalid',
      (row) => ({ accessTokenEncrypted: row.refreshTokenEncrypted ?? '' }),
    ],
    ['that was never encrypted', 'ciphertext_invalid', () => ({ accessTokenEncrypted: 'at-in-clear' })],
  ])('open no text %s (%s), and nothing is written', async (_what, code, change) => {
    const connections = host.connections({ cipher: rings.old });
    const [{ id }, { id: other }] = [
      await host.user(connections, HOUR_MS),
      await host.user(connections, HOUR_MS),
    ];
    await host.rows.update({ userId: id }, change(await host.row(id), await host.row(other)));
    const before = await host.row(id);
    await expect(connections.getAccessToken(id, 'atlassian')).rejects.toMatchObject({ code });
    expect(await host.row(id)).toEqual(before);
  });

  it('open a row copied to another user or account for nobody else', async () => {
    const connections = host.connections({ cipher: rings.old });
    const { id } = await host.user(connections, HOUR_MS);
    const row = await host.row(id);
    const copy = (changes: object) =>
      host.rows
        .createQueryBuilder()
        .insert()
        .values({ ...Object.fromEntries(Object.entries(row)), ...changes })
        .execute();
    await copy({ id: 'copy-1', userId: 'thief' });
    await copy({ id: 'copy-2', account: 'other' });
    const invalid = { code: 'ciphertext_invalid' };
    await expect(connections.getAccessToken('thief', 'atlassian')).rejects.toMatchObject(invalid);
    await expect(connections.getAccessToken(id, 'atlassian', { account: 'other' })).rejects.toMatchObject(
      invalid,
    );
  });

  it('that are wrong for the refresh token ask nobody and write nothing', async () => {
    const { id } = await host.user(host.connections({ cipher: rings.old }));
    const before = await host.row(id);
    const stranger = host.connections({ cipher: keyRing({ current: 'k1', keys: { k1: keyOf('x') } }) });
    const asked = host.server.tokenRequests;
    await expect(stranger.getAccessToken(id, 'atlassian')).rejects.toMatchObject({
      code: 'ciphertext_invalid',
    });
    expect([await host.row(id), host.server.tokenRequests]).toEqual([before, asked]);
  });
});
