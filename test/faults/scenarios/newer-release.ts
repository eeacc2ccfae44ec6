/** A database that a newer release has migrated: a warning, or a refusal when older ones cannot work with it. */
import type { Context } from '../context';
import { changed, declared } from '../declared';
import type { StartJob } from '../job';
import { expectClear, expectSuccess } from '../judge';
import type { Result } from '../result';
import { Findings } from '../result';
import { checkWhole, stateOf, undisturbed } from '../whole';

const HARMLESS = 'AddSomething4102444800000';
const BREAKING = 'BreakingRename4102444800001';

export async function newerRelease(context: Context): Promise<Result> {
  const findings = new Findings();
  const { processes } = context;
  const { state: expected } = await undisturbed(context, 'empty', { reload: changed });
  const database = await context.database();
  const job: StartJob = {
    kind: 'start',
    opener: 'host',
    connection: database.connection,
    config: declared,
  };
  const record = (name: string) =>
    database.send(
      `INSERT INTO connection_migrations (${quoteTimestamp(context)}, name) VALUES (${name.slice(-13)}, '${name}')`,
    );
  expectSuccess(findings, await processes.run(job), 'before');

  findings.countRound();
  findings.countFault();
  await record(HARMLESS);
  const warned = expectSuccess(findings, await processes.run({ ...job, reload: changed }), HARMLESS);
  const warns = (line: string) => line.startsWith('warn') && line.includes(HARMLESS);
  if (!warned?.log.some(warns)) findings.isWrong(`${HARMLESS}: nothing warns of it`);

  findings.countRound();
  findings.countFault();
  await record(BREAKING);
  const before = await stateOf(database, 'empty');
  const refused = expectClear(findings, await processes.run(job), BREAKING);
  if (refused?.error?.code !== 'schema_newer') findings.isWrong(`${BREAKING}: it was not refused`);
  if (!refused?.error?.message.includes(BREAKING))
    findings.isWrong(`${BREAKING}: the message does not name it`);
  await checkWhole(findings, database, 'empty', before, `${BREAKING}, refused`);

  await database.send(`DELETE FROM connection_migrations WHERE name IN ('${HARMLESS}', '${BREAKING}')`);
  await checkWhole(findings, database, 'empty', expected, 'with the newer names taken out again');
  return findings.result;
}

function quoteTimestamp({ engine }: Context): string {
  return engine === 'mariadb' ? '`timestamp`' : '"timestamp"';
}
