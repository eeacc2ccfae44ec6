/** The same call in four processes that begin at once, with enough for each to do. */
import { expire, someUsers } from '../population';
import type { Job } from './job';
import { LIMIT, oneCall, refreshing } from './refresh';

const PROCESSES = 4;

export const processes: Job = {
  name: 'processes',
  grows: false,
  tables: 'filled',
  tasks: [],

  async measure(bench) {
    const given = { ...oneCall, addresses: bench.addresses };
    const users = someUsers(PROCESSES * LIMIT);
    await expire(bench.raw, users);
    const { result: one } = await bench.run(refreshing, given);

    await expire(bench.raw, users);
    const started = [];
    for (let number = 0; number < PROCESSES; number += 1) started.push(await bench.start(refreshing, given));
    const all = (await Promise.all(started.map((process) => process.go()))).map(({ result }) => result);
    const sum = (part: 'renewed' | 'statements') => all.reduce((total, each) => total + each[part], 0);
    const rate = sum('renewed') / Math.max(...all.map(({ ms }) => ms));
    return [
      {
        job: `refreshExpiring(${LIMIT}) by ${PROCESSES} processes`,
        measures: [
          ['speed to one process', rate / (one.renewed / one.ms), 'times'],
          [
            'statements a row to one process',
            sum('statements') / sum('renewed') / (one.statements / one.renewed),
            'times',
          ],
        ],
      },
    ];
  },
};
