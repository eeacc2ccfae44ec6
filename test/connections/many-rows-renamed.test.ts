/** Users with many rows who are renamed: every row goes along, and no row of anybody else. */
import { expect, it } from 'vitest';
import type { Connections } from '../../src';
import type { Step } from '../../src/database/statement';
import type { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';
import type { TwoKeys } from '../setup/many-accounts';
import { deletes, longestSent, updates, useTwoKeys } from '../setup/many-accounts';

describeEachEngine('A job over many rows', (engine) => {
  let host: ConnectedHost;
  let before: Connections;
  let connections: Connections;
  let haveAccounts: TwoKeys['haveAccounts'];
  useTwoKeys(engine, (opened) => ({ host, before, connections, haveAccounts } = opened));

  it('renames a user with many rows, and nobody whose id differs in case', async () => {
    await haveAccounts('ada', 120);
    await haveAccounts('Ada', 120);
    expect(await connections.renameUser('ada', 'eve')).toBe(120);
    expect(await host.rows.countBy({ userId: 'Ada' })).toBe(120);
    expect(await connections.renameUser('eve', 'eve')).toBe(0);
    const { accessToken } = await connections.getAccessToken('eve', 'atlassian', { account: 'account-119' });
    expect(accessToken).toBe('at-119');
  });

  it('divides a page of long tokens, so that no statement is longer than a server takes', async () => {
    await haveAccounts('ada', 30, 'r'.repeat(40_000));
    const watching = interceptSteps(host.dataSource, updates, (carryOut) => carryOut());
    expect(await connections.renameUser('ada', 'eve')).toBe(30);
    expect(longestSent(watching)).toBeLessThan(1_200_000);
    const { accessToken } = await connections.getAccessToken('eve', 'atlassian', { account: 'account-29' });
    expect(accessToken).toBe('at-29');
  });

  it('renames and deletes rows that came after it has read and before it has ended the flows', async () => {
    const isFirst = (wanted: (steps: readonly Step[]) => boolean, account: string) =>
      interceptSteps(host.dataSource, wanted, async (carryOut, calls) => {
        if (calls === 0) await before.importTokens('ada', 'atlassian', { accessToken: 'late' }, { account });
        return carryOut();
      });
    const endsFlows = (steps: readonly Step[]) =>
      steps[0]?.sql.includes('connection_oauth_states') === true && deletes(steps);
    await haveAccounts('ada', 3);
    const renaming = isFirst(endsFlows, 'late-1');
    expect(await connections.renameUser('ada', 'eve')).toBe(4);
    renaming.mockRestore();
    const forgetting = isFirst(endsFlows, 'late-2');
    expect(await connections.forgetUser('ada')).toBe(1);
    forgetting.mockRestore();
    isFirst(endsFlows, 'late-3');
    const { removed } = await connections.disconnect('ada', 'atlassian', { account: 'late-3' });
    expect([removed, await host.rows.countBy({ userId: 'ada' })]).toEqual([true, 0]);
  });

  // Last: it changes the table. A host's foreign key may hold a column in any character set.
  it.each(engine === 'mariadb' ? ['latin1_general_ci'] : [])(
    'touches nobody else where the collation of a column knows no case: %s',
    async (collation) => {
      await host.dataSource.query(
        `ALTER TABLE user_connection_tokens MODIFY user_id varchar(255) CHARACTER SET latin1 COLLATE ${collation} NOT NULL`,
      );
      await before.importTokens('Ada', 'atlassian', { accessToken: 'at' }, { account: 'other' });
      await haveAccounts('ada', 3);
      expect(await connections.renameUser('ada', 'eve')).toBe(3);
      expect(await connections.forgetUser('ada')).toBe(0);
      expect(await host.rows.count()).toBe(4);
    },
  );
});
