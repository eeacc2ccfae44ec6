/**
 * A short form of every scenario, on the engines that answer and on one TypeORM major or the other.
 *
 * @module-tag long
 */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { EngineName } from '../setup/engine-name';
import type { Task } from './lane';
import { Lane, tasksOf } from './lane';

const typeorm = process.env['TYPEORM_PACKAGE'] === 'typeorm-0.3' ? 'typeorm-0.3' : 'typeorm';

describe('Under faults', () => {
  let lane: Lane;
  beforeAll(async () => {
    lane = await Lane.open(typeorm);
  });
  afterAll(() => lane.close());

  for (const task of turnsOf(tasksOf(typeorm, inject('engines') as readonly EngineName[]))) {
    it(`${task.scenario.name} (${task.engine})`, { timeout: 60_000 }, async () => {
      const { result } = await lane.perform(task, true);
      expect(result.rounds).toBeGreaterThan(0);
      expect({ lost: result.lost, wrong: result.wrong }).toEqual({ lost: [], wrong: [] });
    });
  }
});

/** The two majors take turns here, but for what only one of them does; the long form runs every scenario on both. */
function turnsOf(tasks: readonly Task[]): readonly Task[] {
  const turn = typeorm === 'typeorm' ? 0 : 1;
  return tasks.filter(({ scenario }, index) => scenario.withoutDatabase || index % 2 === turn);
}
