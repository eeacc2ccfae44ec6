/** A role that may not change tables, with `migrations: 'check'`: it says what is missing and what to run, then works. */
import type { Context } from '../context';
import { declared } from '../declared';
import type { StartJob } from '../job';
import { expectClear, expectNoDeaths, expectSuccess } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { checkWhole, undisturbed } from '../whole';

export async function roleWithoutDdl(context: Context): Promise<Result> {
  const findings = new Findings();
  const { processes } = context;
  const { state: expected } = await undisturbed(context, 'empty');
  const database = await context.database();
  const role = await database.role();
  if (!role) return findings.result;
  await role.grant('none');
  const job: StartJob = {
    kind: 'start',
    opener: 'host',
    connection: role.connection,
    config: declared,
    store: { migrations: 'check' },
  };

  for (const migrations of ['check', 'run'] as const) {
    const when = `an empty database with migrations: '${migrations}'`;
    findings.countRound();
    findings.countFault();
    const outcome = expectClear(findings, await processes.run({ ...job, store: { migrations } }), when);
    const code = migrations === 'check' ? 'migrations_pending' : 'migration_failed';
    const { error } = outcome ?? {};
    if (error?.code !== code) findings.isWrong(`${when}: the code is ${error?.code}, not ${code}`);
    for (const word of ['CreateConnectionTables', 'runConnectionMigrations(dataSource)']) {
      if (migrations === 'run' && word.startsWith('Create')) continue;
      if (!error?.message.includes(word)) findings.isWrong(`${when}: the message does not say ${word}`);
    }
  }

  findings.countRound();
  const owner: StartJob = { kind: 'start', connection: database.connection, config: { mcpServers: {} } };
  expectSuccess(findings, await processes.run(owner), "the owner's start");
  await role.grant('write');
  expectSuccess(findings, await processes.run(job), 'the start after the owner migrated');
  await checkWhole(findings, database, 'empty', expected, 'after the owner migrated');
  expectNoDeaths(findings, processes.takeDeaths());
  return findings.result;
}
