/**
 * Random statements, in the model and in the tables of each engine: their results and what they leave must be the same.
 *
 * @module-tag long
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { StateRows } from '../../src/connections/flow/state-rows';
import { databaseOn } from '../../src/database/engines';
import { TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import { describeEachEngine } from '../setup/database';
import { MigratedDatabase } from '../setup/migrated-database';
import { RealTables } from './real-tables';
import { Refusals } from './refusals';
import { ofFlows, ofRows } from './statements';
import { Walk } from './walk';
import type { WalkStep } from './walk-step';

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

/** Short walks with each statement, and with each part of it wrong, so that no condition is left to chance. */
const shortWalks: readonly WalkStep[][] = [...onRows, ...onFlows, 'insert' as const].flatMap((name) =>
  (['nothing', 'id', 'generation', 'claimed', 'access', 'user'] as const).flatMap((wrong) =>
    (wrong === 'nothing' ? ([null, 'running', 'beyond'] as const) : [null]).map((lease): WalkStep[] => {
      const made = {
        place: 0,
        wrong: 'nothing',
        lease,
        hasFlow: false,
        isExpired: false,
        keepsRefresh: true,
      } as const;
      return [
        { ...made, name: 'insert' },
        { ...made, name: 'begin' },
        { ...made, name: 'take' },
        { ...made, name, wrong, place: wrong === 'user' ? 1 : 0, hasFlow: wrong === 'user' },
        { ...made, name, wrong, isExpired: true },
      ];
    }),
  ),
);

const conditions = Object.entries({ ...ofRows, ...ofFlows }).flatMap(([statement, { conditions: named }]) =>
  Object.keys(named).map((name) => `${statement}.${name}`),
);

describeEachEngine('the statements of the model', (engine) => {
  const migrated = new MigratedDatabase(engine);

  it('do what those in SQL do, and each condition alone refuses one of them', async () => {
    const { dataSource } = migrated;
    const how = { timeoutMs: 5000, isPrepared: true };
    const rows = new TokenRows(databaseOn(dataSource, how));
    const pages = new TokenPages(databaseOn(dataSource, how));
    const states = new StateRows(databaseOn(dataSource, how));
    const tables = new RealTables(dataSource);
    const refusals = new Refusals();
    const take = async (steps: readonly WalkStep[]) => {
      await tables.clear();
      const walk = new Walk(rows, pages, states, tables, refusals);
      for (const one of steps) {
        const { modelled, real } = await walk.step(one);
        expect({ one, ...real }).toEqual({ one, ...modelled });
      }
    };
    for (const steps of shortWalks) await take(steps);
    const walks = fc.array(step, { minLength: 30, maxLength: 40 });
    await fc.assert(fc.asyncProperty(walks, take), { seed: 1, numRuns: 20, endOnFailure: true });
    const sharp = [...conditions, 'insert.unique key', 'put.flow'];
    expect(sharp.filter((condition) => !refusals.alone.has(condition))).toEqual([]);
  });
});
