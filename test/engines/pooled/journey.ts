/**
 * What several processes of a host do through a pooler: they start, sync, connect users, refresh, change keys and die.
 * The databases are made past the pooler, and every process under test goes through it.
 */
import type { TypeormPackage } from '../../faults/bundle';
import { bundleChild } from '../../faults/bundle';
import type { Scenario } from '../../faults/context';
import { runScenario } from '../../faults/context';
import { makePostgres } from '../../faults/databases/postgres';
import { Processes } from '../../faults/processes';
import { deletedRow } from '../../faults/scenarios/deleted-row';
import { eightAtOnce } from '../../faults/scenarios/eight-at-once';
import { killedAtRefresh } from '../../faults/scenarios/killed-refresh';
import { oneRefresh } from '../../faults/scenarios/one-refresh';
import { rotatedKeys } from '../../faults/scenarios/rotated-keys';
import { stalledOwner } from '../../faults/scenarios/stalled-owner';
import { flows } from './flows';
import { storm } from './storm';
import { syncAgain } from './sync';

export interface Pooled {
  /** Of the pooler. */
  readonly url: string;
  /** Of every `Connections`; default: as there. */
  readonly preparedStatements?: boolean;
}

export interface Travelled {
  readonly scenario: string;
  readonly typeorm: TypeormPackage;
  /** In words; empty if all went well. */
  readonly findings: readonly string[];
}

/** Connections of one process; eight processes have more together than a transaction pool. */
const POOL_SIZE = 4;

const scenarios: readonly Scenario[] = [
  { name: 'eight processes start at once', run: eightAtOnce },
  { name: 'sync of another document', run: syncAgain },
  { name: 'storm of eight processes', run: storm },
  { name: 'one refresh for eight processes', run: oneRefresh },
  { name: 'keys rotated in two phases', run: rotatedKeys },
  { name: 'row deleted during a refresh', run: deletedRow },
  { name: 'killed at every refresh step', run: killedAtRefresh },
  { name: 'stalled past its lease', run: stalledOwner },
];

/** Needs no process besides this one, which has TypeORM 1.x. */
const inThisProcess: Scenario = { name: 'flows with ten callbacks each', run: flows };

export async function journey(pooled: Pooled, signal: AbortSignal): Promise<readonly Travelled[]> {
  return [
    ...(await journeyOn('typeorm', [inThisProcess, ...scenarios], pooled, signal)),
    ...(await journeyOn('typeorm-0.3', scenarios, pooled, signal)),
  ];
}

async function journeyOn(
  typeorm: TypeormPackage,
  taken: readonly Scenario[],
  { url, preparedStatements }: Pooled,
  signal: AbortSignal,
): Promise<readonly Travelled[]> {
  const { program, remove } = await bundleChild(typeorm);
  const processes = new Processes(program);
  const close = () => void processes.close();
  signal.addEventListener('abort', close, { once: true });
  const given = {
    engine: 'postgres',
    typeorm,
    processes,
    short: true,
    ...(preparedStatements !== undefined && { preparedStatements }),
  } as const;
  const throughPooler = async (name: string) => {
    const made = await makePostgres(name);
    return { ...made, connection: { ...made.connection, url, poolSize: POOL_SIZE } };
  };
  const travelled: Travelled[] = [];
  try {
    for (const scenario of taken) {
      signal.throwIfAborted();
      const findings = await runScenario(scenario, given, throughPooler).then(
        ({ lost, wrong }) => [...lost, ...wrong],
        (error: unknown) => [`it stopped: ${String(error)}`],
      );
      travelled.push({ scenario: scenario.name, typeorm, findings });
    }
    return travelled;
  } finally {
    signal.removeEventListener('abort', close);
    await processes.close();
    await remove();
  }
}
