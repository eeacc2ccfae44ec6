/** The adoption of another program's table of tokens, beside the statements that somebody would write by hand for it. */
import { runConnectionMigrations } from 'mcp-connections';
import type { Row } from '../raw';
import type { Task } from '../task';
import { quiet } from '../world';
import { TOKENS } from '../population';
import { byHand, foreignTables } from './adoption-sql';
import type { Bench, Job } from './job';
import { probing } from './probe';

const adopting: Task<Record<string, never>, number> = {
  name: 'adopting',
  async prepare({ openDataSource }) {
    const dataSource = await openDataSource();
    return () => timed(() => runConnectionMigrations(dataSource, { legacyTimeZone: 'UTC', logger: quiet }));
  },
};

const adoptingByHand: Task<Record<string, never>, number> = {
  name: 'adopting by hand',
  async prepare({ engine, openRaw }) {
    const raw = await openRaw();
    return () =>
      timed(async () => {
        for (const sql of byHand[engine]) await raw.send(sql);
      });
  },
};

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

export const adoption: Job = {
  name: 'adoption',
  grows: true,
  tables: 'none',
  tasks: [adopting, adoptingByHand],

  async measure(bench) {
    await fill(bench);
    const floor = await bench.run(adoptingByHand, {});
    const wanted = await outcomeOf(bench);
    for (const table of [TOKENS, 'connection_oauth_states', 'connection_configs', 'users']) {
      await bench.raw.send(`DROP TABLE ${table}`);
    }

    await fill(bench);
    const sql = `SELECT COUNT(*) FROM ${TOKENS} WHERE user_id = 'u-1'`;
    const probe = await bench.start(probing, { sql });
    const waited = probe.go();
    const { result, watched } = await bench.run(adopting, {});
    probe.stop();
    const { longestMs } = (await waited).result;
    const found = await outcomeOf(bench);
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      throw new Error(`By hand and adopted, the rows differ: ${JSON.stringify({ wanted, found })}`);
    }
    return [
      {
        job: 'adoption',
        timeMs: result / bench.rows,
        measures: [
          ['time ÷ by hand', result / floor.result, 'times'],
          ['memory', watched.memoryMb, 'MB'],
          ['longest block', watched.blockMs, 'ms'],
          ['longest read of others', longestMs, 'ms'],
        ],
      },
    ];
  },
};

async function fill({ site, rows, raw }: Bench): Promise<void> {
  for (const sql of foreignTables(site.engine, rows)) await raw.send(sql);
  await raw.tidy(TOKENS);
}

/** The same whoever wrote it. */
async function outcomeOf({ raw }: Bench): Promise<Row | undefined> {
  const ends = ['expires_at', 'created_at', 'account', 'status', 'provider_metadata'].map(
    (name) => `MIN(${name}), MAX(${name})`,
  );
  const [row] = await raw.rows(`SELECT COUNT(*), ${ends.join(', ')} FROM ${TOKENS}`);
  return row?.map(String);
}
