/** What concerns one user with ten accounts, beside the statements that it cannot do without. */
import { CONNECTION } from '../../tokens/users';
import { median } from '../../tokens/rate';
import type { Outcome } from '../figures';
import type { NewRow } from '../population';
import { TOKENS, insertTokens } from '../population';
import type { Job } from './job';
import type { Work } from './users-task';
import { ACCOUNT, ACCOUNTS, works, working } from './users-task';

const ROUNDS = 40;
const WARM_UP_ROUNDS = 8;
const NAMES: Readonly<Record<Work, string>> = {
  forget: 'forgetUser',
  rename: 'renameUser',
  disconnect: 'disconnect',
  list: 'list',
};

export const users: Job = {
  name: 'users',
  grows: true,
  tables: 'filled',
  tasks: [working],

  async measure(bench) {
    const usersOf = (work: Work) =>
      Array.from({ length: 2 * (ROUNDS + WARM_UP_ROUNDS) }, (_, index) => `${work}-${index}`);
    const userIds = {
      forget: usersOf('forget'),
      rename: usersOf('rename'),
      disconnect: usersOf('disconnect'),
      list: usersOf('list'),
    };
    await insertTokens(bench.raw, accountsOf(works.flatMap((work) => userIds[work])));
    const { result } = await bench.run(working, { addresses: bench.addresses, userIds });
    await bench.raw.change(`DELETE FROM ${TOKENS} WHERE account LIKE ?`, [`${ACCOUNT}%`]);
    return works.map((work): Outcome => {
      const times = (list: readonly number[]) => median(list.slice(WARM_UP_ROUNDS));
      const [ours, floor] = [times(result[work].ours), times(result[work].floor)];
      return {
        job: NAMES[work],
        timeMs: ours,
        measures: [
          ['time ÷ floor', ours / floor, 'times'],
          ['time', ours, 'ms'],
        ],
      };
    });
  },
};

function* accountsOf(userIds: readonly string[]): Generator<NewRow> {
  for (const userId of userIds) {
    for (let number = 0; number < ACCOUNTS; number += 1) {
      yield { userId, connectionName: CONNECTION, account: `${ACCOUNT}${number}` };
    }
  }
}
