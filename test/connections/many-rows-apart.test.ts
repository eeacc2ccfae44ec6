/** Jobs over many rows: what one row does to the others of its page, and what is told of those that cannot be decrypted or renamed. */
import { expect, it } from 'vitest';
import type { Connections } from '../../src';
import { keyRing } from '../../src';
import { MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import type { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import type { TwoKeys } from '../setup/many-accounts';
import { keys, sealedWith, updates, useTwoKeys } from '../setup/many-accounts';

describeEachEngine('A job over many rows', (engine) => {
  let host: ConnectedHost;
  let connections: Connections;
  let haveAccounts: TwoKeys['haveAccounts'];
  useTwoKeys(engine, (opened) => ({ host, connections, haveAccounts } = opened));

  it('encrypts the other rows of a page when one is being refreshed', async () => {
    await haveAccounts('ada', 30);
    const until = new Date(Date.now() + MAX_LEASE_MS / 2);
    await host.rows.update({ account: 'account-7' }, { leaseExpiresAt: until });
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 29, skipped: 1, failed: 0 });
    const report = { rewritten: 0, current: 29, skipped: 1 };
    expect(await connections.reencrypt()).toMatchObject(report);
  });

  it('writes the rows one by one when a page fails as a whole, so that one row alone is told of', async () => {
    await haveAccounts('ada', 30);
    interceptSteps(
      host.dataSource,
      (steps) => updates(steps) && steps.length > 1,
      () => Promise.reject(new Error('refused')),
    );
    expect(await connections.reencrypt()).toMatchObject({ rewritten: 30, skipped: 0, failed: 0 });
    expect(await sealedWith('new', host)).toBe(30);
  });

  it('lists a thousand of the rows that cannot be decrypted, and counts all', async () => {
    await haveAccounts('ada', 1003);
    const foreign = host.connections({ cipher: keyRing({ current: 'other', keys: { other: keys.old } }) });
    const { failed, failures, rewritten } = await foreign.reencrypt();
    expect([failed, failures.length, rewritten]).toEqual([1003, 1000, 0]);
    expect(failures[0]).toMatchObject({ userId: 'ada', code: 'key_unknown' });
  });

  it('renames every row but those whose account is taken, and says which one that is', async () => {
    await haveAccounts('ada', 12);
    await connections.importTokens('eve', 'atlassian', { accessToken: 'own' }, { account: 'account-5' });
    await expect(connections.renameUser('ada', 'eve')).rejects.toMatchObject({
      code: 'account_taken',
      account: 'account-5',
    });
    expect([await host.rows.countBy({ userId: 'ada' }), await host.rows.countBy({ userId: 'eve' })]).toEqual([
      1, 12,
    ]);
    await connections.disconnect('eve', 'atlassian', { account: 'account-5' });
    expect(await connections.renameUser('ada', 'eve')).toBe(1);
  });
});
