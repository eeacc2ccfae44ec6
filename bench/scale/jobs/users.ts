/** What concerns one user with ten accounts, beside the statements that it cannot do without. */
import { CONNECTION } from '../../tokens/users';
import { median } from '../../tokens/rate';
import type { Outcome } from '../figures';
import type { NewRow } from '../population';
import { TOKENS, insertTokens } from '../population';
import type { Job } from './job';
import type { Work } from './users-task';
import { ACCOUNTS, works, working } from './users-task';

const ROUNDS = 40;
const WARM_UP_ROUNDS = 8;
const NAMES: Readonly<Record<Work, string>> = {
  forget: `forgetUser, ${ACCOUNTS} rows`,
  rename: `renameUser, ${ACCOUNTS} rows`,
  disconnect: 'disconnect',
  list: `list, ${ACCOUNTS} rows`,
};

export const users: Job = {
  name: 'users',
  grows: true,
  tables: 'filled',
  tasks: [working],

  async measure(bench) {
    const outcomes: Outcome[] = [];
    for (const work of works) {
      const userIds = Array.from({ length: 2 * (ROUNDS + WARM_UP_ROUNDS) }, (_, index) => `${work}-${index}`);
      await insertTokens(bench.raw, accountsOf(userIds));
      const given = { addresses: bench.addresses, work, userIds };
      const { ours, floor } = (await bench.run(working, given)).result;
      const times = (list: readonly number[]) => median(list.slice(WARM_UP_ROUNDS));
      outcomes.push({
        job: NAMES[work],
        timeMs: times(ours),
        measures: [
          ['time to the floor', times(ours) / times(floor), 'times'],
          ['time', times(ours), 'ms'],
        ],
      });
      await bench.raw.change(`DELETE FROM ${TOKENS} WHERE user_id LIKE ?`, [`${work}-%`]);
    }
    return outcomes;
  },
};

function* accountsOf(userIds: readonly string[]): Generator<NewRow> {
  for (const userId of userIds) {
    for (let number = 0; number < ACCOUNTS; number += 1) {
      yield { userId, connectionName: CONNECTION, account: `account-${number}` };
    }
  }
}
