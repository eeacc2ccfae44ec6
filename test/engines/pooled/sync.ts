/** A service that has started syncs another document: one row is inserted, two are overwritten, one is marked removed. */
import type { Context } from '../../faults/context';
import { changed, declared } from '../../faults/declared';
import { expectNoDeaths, expectSuccess } from '../../faults/judge';
import type { Result } from '../../faults/result';
import { Findings } from '../../faults/result';

const WRITTEN = ['atlassian', 'github', 'notion', 'slack'];

export async function syncAgain({ database, processes }: Context): Promise<Result> {
  const findings = new Findings();
  const { connection } = await database();
  const job = { kind: 'start', connection, config: declared, reload: changed } as const;
  for (const [round, written] of [WRITTEN, []].entries()) {
    findings.countRound();
    // The second round begins with the changed document, so that there is nothing to do.
    const config = round === 0 ? declared : changed;
    const outcome = expectSuccess(findings, await processes.run({ ...job, config }), `round ${round + 1}`);
    const wrote = outcome?.lastSync?.written.toSorted().join();
    if (wrote !== written.join()) findings.isWrong(`round ${round + 1}: ${String(wrote)} were written`);
  }
  expectNoDeaths(findings, processes.takeDeaths());
  return findings.result;
}
