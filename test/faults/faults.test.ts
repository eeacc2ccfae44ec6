/** A short form of every scenario, on the engines that answer and the TypeORM major of this project. */
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { EngineName } from './databases/database';
import { Lane, tasksOf } from './lane';

const typeorm = process.env['TYPEORM_PACKAGE'] === 'typeorm-0.3' ? 'typeorm-0.3' : 'typeorm';

describe('Under faults', () => {
  let lane: Lane;
  beforeAll(async () => {
    lane = await Lane.open(typeorm);
  });
  afterAll(() => lane.close());

  for (const task of tasksOf(typeorm, inject('engines') as readonly EngineName[])) {
    it(`${task.scenario.name} (${task.engine})`, { timeout: 60_000 }, async () => {
      const { result } = await lane.perform(task, true);
      expect(result.rounds).toBeGreaterThan(0);
      expect({ lost: result.lost, wrong: result.wrong }).toEqual({ lost: [], wrong: [] });
    });
  }
});
