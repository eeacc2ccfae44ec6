/** The database may be read and not written: a start that must migrate says so, one that must only sync goes on. */
import type { Context } from '../context';
import { changed, declared } from '../declared';
import type { FaultDatabase } from '../databases/database';
import type { Connection } from '../in-every-job';
import { expectClear, expectNoDeaths, expectSuccess, failed } from '../judge';
import { type Result, Findings } from '../result';
import { checkWhole, undisturbed } from '../whole';

export async function readOnly(context: Context): Promise<Result> {
  const findings = new Findings();
  const { processes } = context;
  const { state: expected } = await undisturbed(context, 'empty');

  for (const isMigrated of [false, true]) {
    const when = isMigrated ? 'read-only and migrated' : 'read-only and empty';
    findings.countRound();
    const database = await context.database();
    const { connection } = database;
    if (isMigrated) {
      expectSuccess(
        findings,
        await processes.run({ kind: 'start', connection, config: declared }),
        `before ${when}`,
      );
    }
    const readers = await readersOf(database);
    const config = isMigrated ? changed : declared;
    for (const reader of readers) {
      const ending = await processes.run({ kind: 'start', opener: 'host', connection: reader, config });
      const outcome = expectClear(findings, ending, when);
      findings.countFault();
      if (outcome && !failed(outcome)) findings.isWrong(`${when}: nothing says that nothing was written`);
      if (isMigrated && outcome?.error) findings.isWrong(`${when}: the start did not go on`);
    }
    expectSuccess(
      findings,
      await processes.run({ kind: 'start', connection, config: declared }),
      `the start after: ${when}`,
    );
    await checkWhole(findings, database, 'empty', expected, when);
  }
  expectNoDeaths(findings, processes.takeDeaths());
  return findings.result;
}

/** Each way in which this engine can be opened for reading only. */
async function readersOf(database: FaultDatabase): Promise<readonly Connection[]> {
  const { connection, engine } = database;
  if (engine === 'sqlite') {
    // The file must be there to be opened so.
    await database.send('VACUUM');
    const OPEN_READONLY = 1;
    return [{ ...connection, readonly: true, flags: OPEN_READONLY }];
  }
  const role = await database.role();
  await role?.grant('read');
  const denied = role ? [role.connection] : [];
  if (engine === 'mariadb') return denied;
  return [{ ...connection, extra: { options: '-c default_transaction_read_only=on' } }, ...denied];
}
