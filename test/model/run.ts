/**
 * The larger exploration, `npm run test:model`: prints how many states each group of suites has, and ends with an error at the
 * first violation of each. As many processes as there are cores share the suites.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Exploration } from './explorer';
import { explore } from './explorer';
import type { SuiteGroup } from './large-suites';
import { largeSuites } from './large-suites';

type Place = readonly [group: number, suite: number];

function suiteAt([group, place]: Place) {
  const suite = largeSuites[group]?.suites[place];
  if (!suite) throw new Error(`there is no suite ${group}.${place}`);
  return suite;
}

/** Explores the suites that it is told, one after the other. */
function work(): void {
  process.on('message', (place: Place) => process.send?.(explore(suiteAt(place))));
}

async function share(): Promise<void> {
  const script = fileURLToPath(import.meta.url);
  const execArgv = [...process.execArgv, '--max-old-space-size=3000'];
  const workers = Array.from({ length: availableParallelism() }, () =>
    fork(script, ['worker'], { execArgv }),
  );
  let all = 0;
  let broken = 0;
  for (const [number, group] of largeSuites.entries()) {
    const began = performance.now();
    const found = await explored(number, group, workers);
    const states = found.reduce((sum, one) => sum + one.states, 0);
    const largest = Math.max(...found.map((one) => one.states));
    all += states;
    for (const [place, { broken: wrong }] of found.entries()) {
      if (!wrong) continue;
      broken += 1;
      console.log(`${suiteAt([number, place]).title}: "${wrong.invariant}" does not hold`);
      for (const event of wrong.trace) console.log(`    ${event}`);
    }
    const told = `${group.title}: ${group.suites.length} suites, ${states} states, the largest ${largest}`;
    console.log(`${told} (${Math.round((performance.now() - began) / 1000)} s)`);
  }
  console.log(`${all} states in all, ${broken} suites with a violation`);
  for (const worker of workers) worker.disconnect();
  process.exitCode = broken === 0 ? 0 : 1;
}

/** The largest suites are those of many flows; whichever process is free takes the next. */
async function explored(
  number: number,
  { suites }: SuiteGroup,
  workers: readonly ChildProcess[],
): Promise<Exploration[]> {
  const waiting = [...suites.keys()];
  const found: Exploration[] = [];
  const lane = async (worker: ChildProcess) => {
    for (let place = waiting.shift(); place !== undefined; place = waiting.shift()) {
      const answer = once(worker, 'message');
      worker.send([number, place]);
      found[place] = ((await answer) as [Exploration])[0];
    }
  };
  await Promise.all(workers.map(lane));
  return found;
}

if (process.argv[2] === 'worker') work();
else await share();
