/** Random statements, in the model and in the tables of each engine: their results and what they leave must be the same. */
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { StateRows } from '../../src/connections/state-rows';
import { engineOf } from '../../src/database/engine';
import { runConnectionMigrations } from '../../src/migrations';
import { TokenRows } from '../../src/tokens/token-rows';
import { describeEachEngine, testDatabase } from '../setup/database';
import { RealTables } from './real-tables';
import { ofFlows, ofRows } from './statements';
import type { WalkStep } from './walk';
import { Walk } from './walk';

const onRows = Object.keys(ofRows) as (keyof typeof ofRows)[];
const onFlows = Object.keys(ofFlows) as (keyof typeof ofFlows)[];

const step: fc.Arbitrary<WalkStep> = fc.record({
  name: fc.constantFrom('insert', 'insert', 'begin', 'begin', 'take', ...onRows, ...onFlows),
  place: fc.nat(5),
  wrong: fc.constantFrom('nothing', 'nothing', 'id', 'generation', 'claimed', 'access', 'user'),
  lease: fc.constantFrom('as it is', 'as it is', null, 'running', 'over', 'beyond'),
  hasFlow: fc.boolean(),
  isExpired: fc.boolean(),
  keepsRefresh: fc.boolean(),
});

const conditions = Object.entries({ ...ofRows, ...ofFlows }).flatMap(([statement, { conditions: named }]) =>
  Object.keys(named).map((name) => `${statement}.${name}`),
);

describeEachEngine('the statements of the model', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  let dataSource: DataSource;
  beforeAll(async () => {
    const database = await testDatabase(engine, (cleanUp) => cleanUps.push(cleanUp));
    dataSource = await database.connect();
    await runConnectionMigrations(dataSource);
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps) await cleanUp();
  });

  it('do what those in SQL do, and each condition alone refuses one of them', async () => {
    const how = { timeoutMs: 5000, isPrepared: true };
    const rows = new TokenRows(dataSource, engineOf(dataSource), how);
    const states = new StateRows(dataSource, engineOf(dataSource), how);
    const tables = new RealTables(dataSource);
    const refusedAlone = new Set<string>();
    const property = fc.asyncProperty(fc.array(step, { minLength: 30, maxLength: 40 }), async (steps) => {
      await tables.clear();
      const walk = new Walk(rows, states, tables, refusedAlone);
      for (const one of steps) await walk.step(one);
    });
    await fc.assert(property, { seed: 1, numRuns: 40, endOnFailure: true });
    const sharp = [...conditions, 'insert.unique key', 'put.flow'];
    expect(sharp.filter((condition) => !refusedAlone.has(condition))).toEqual([]);
  });
});
