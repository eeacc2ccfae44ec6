/** A table, or rows of it, are locked by somebody's open transaction: the store says so in bounded time. */
import type { Context } from '../context';
import { changed, declared } from '../declared';
import type { EngineName } from '../../setup/engine-name';
import { isOldMysql } from '../../setup/mysql-version';
import type { StartJob } from '../job';
import { expectClear, expectNoDeaths, expectSuccess, failed } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { checkWhole, undisturbed } from '../whole';

/** Given to the store; what a job takes beyond that is its slack. */
const LOCK_TIMEOUT_MS = 1_000;
const LIMIT_MS = 15_000;

const tableLock: Readonly<Record<Exclude<EngineName, 'sqlite'>, (table: string) => readonly string[]>> = {
  postgres: (table) => ['BEGIN', `LOCK TABLE ${table} IN ACCESS EXCLUSIVE MODE`],
  mariadb: (table) => [`LOCK TABLES ${table} WRITE`],
};
const rowLock = ['BEGIN', "UPDATE connection_configs SET description = 'held'"];

export async function tableLocked(context: Context): Promise<Result> {
  const findings = new Findings();
  const { engine, processes } = context;
  if (engine === 'sqlite') return findings.result;
  const { state: expected } = await undisturbed(context, 'empty', { reload: changed });
  const asked = await context.database();
  // Such a server has no limit for the reads that wait for a table.
  const isEndless = await isOldMysql(engine, (sql) => asked.send(sql));
  const locks: Readonly<Record<string, readonly string[]>> = {
    ...(!isEndless && {
      'the table of connections': tableLock[engine]('connection_configs'),
      'the history of migrations': tableLock[engine]('connection_migrations'),
    }),
    'every row of the connections': rowLock,
  };
  for (const [what, statements] of Object.entries(locks)) {
    const when = `${what} locked`;
    findings.countRound();
    findings.countFault();
    const database = await context.database();
    const job: StartJob = {
      kind: 'start',
      opener: 'host',
      connection: database.connection,
      config: declared,
      store: { lockTimeoutMs: LOCK_TIMEOUT_MS },
    };
    expectSuccess(findings, await processes.run(job), `before ${when}`);
    const release = await database.hold(...statements);
    const ending = await processes.run({ ...job, config: changed }, { limitMs: LIMIT_MS });
    const outcome = expectClear(findings, ending, when);
    if (outcome && !failed(outcome)) findings.isWrong(`${when}: nothing says that nothing was written`);
    await release();
    expectSuccess(findings, await processes.run({ ...job, reload: changed }), `the start after: ${when}`);
    await checkWhole(findings, database, 'empty', expected, when);
    await database.drop();
  }
  expectNoDeaths(findings, processes.takeDeaths());
  return findings.result;
}
