/** Runs scenarios one after another on one TypeORM major, over the same child processes. */
import type { TypeormPackage } from './bundle';
import { bundleChild } from './bundle';
import type { Scenario } from './context';
import { runScenario } from './context';
import type { EngineName } from '../setup/engine-name';
import { Processes } from './processes';
import type { Result } from './result';
import { scenarios } from './scenarios';

export interface Task {
  readonly scenario: Scenario;
  readonly engine: EngineName;
}

export interface Performed extends Task {
  readonly typeorm: TypeormPackage;
  readonly seconds: number;
  readonly result: Result;
}

/** The scenarios that this major takes part in, on the engines that answer. */
export function tasksOf(typeorm: TypeormPackage, engines: readonly EngineName[]): readonly Task[] {
  return scenarios
    .filter(({ withoutDatabase }) => !withoutDatabase || typeorm === 'typeorm')
    .flatMap((scenario) =>
      engines
        .filter((engine) => !scenario.engines || scenario.engines.includes(engine))
        .map((engine) => ({ scenario, engine })),
    );
}

export class Lane {
  private constructor(
    readonly typeorm: TypeormPackage,
    private readonly processes: Processes,
    private readonly removeBundle: () => Promise<void>,
  ) {}

  static async open(typeorm: TypeormPackage): Promise<Lane> {
    const { program, remove } = await bundleChild(typeorm);
    return new Lane(typeorm, new Processes(program), remove);
  }

  /** A scenario that throws is a wrong result, so that the others go on. */
  async perform({ scenario, engine }: Task, short: boolean): Promise<Performed> {
    const { typeorm, processes } = this;
    const began = Date.now();
    const result = await runScenario(scenario, { engine, typeorm, processes, short }).catch(stopped);
    return { scenario, engine, typeorm, seconds: (Date.now() - began) / 1000, result };
  }

  /** Ends the processes; whatever a scenario was doing fails. */
  async close(): Promise<void> {
    await this.processes.close();
    await this.removeBundle();
  }
}

function stopped(error: unknown): Result {
  const wrong = [`the scenario stopped: ${error instanceof Error ? error.message : String(error)}`];
  return { rounds: 0, faults: 0, lost: [], wrong, notes: [] };
}
