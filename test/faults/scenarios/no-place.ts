/** SQLite's file cannot be made or written where it is asked for: an error that says something, and no crash. */
import { chmod } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Context } from '../context';
import { declared } from '../declared';
import type { StartJob } from '../job';
import { expectAnyError, expectClear, expectSuccess, failed } from '../judge';
import type { Circumstances } from '../processes';
import type { Result } from '../result';
import { Findings } from '../result';

const asNobody: Circumstances = { asNobody: true };

export async function noPlaceForFile(context: Context): Promise<Result> {
  const findings = new Findings();
  const { processes } = context;
  const database = await context.database();
  const file = String(database.connection['database']);
  const folder = dirname(file);
  const jobAt = (path: string): StartJob => ({
    kind: 'start',
    connection: { ...database.connection, database: path },
    config: declared,
  });
  const count = () => {
    findings.countRound();
    findings.countFault();
  };

  count();
  const madeOnTheWay = join(folder, 'a', 'b', 'test.sqlite');
  expectSuccess(findings, await processes.run(jobAt(madeOnTheWay)), 'folders that are not there');

  count();
  expectSuccess(findings, await processes.run(jobAt(file)), 'a file that can be made');
  const below = join(file, 'test.sqlite');
  expectAnyError(findings, await processes.run(jobAt(below)), 'a folder that is a file');

  count();
  await chmod(folder, 0o555);
  const unmade = join(folder, 'other.sqlite');
  expectAnyError(
    findings,
    await processes.run(jobAt(unmade), asNobody),
    'a file in a folder that is not writable',
  );

  count();
  await database.send("DELETE FROM connection_configs WHERE name = 'slack'");
  await chmod(file, 0o444);
  const outcome = expectClear(
    findings,
    await processes.run({ ...jobAt(file), opener: 'host' }, asNobody),
    'a file that is not writable',
  );
  if (outcome && !failed(outcome)) findings.isWrong('a file that is not writable: nothing says so');

  await chmod(folder, 0o755);
  await chmod(file, 0o644);
  expectSuccess(findings, await processes.run(jobAt(file)), 'the start after');
  return findings.result;
}
