/**
 * Every order of events of a few writers, with the faults that real systems have. What is checked is in docs/proof.md.
 *
 * @module-tag long
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { explore } from './explorer';
import { invariants } from './invariant-names';
import { mutants, redundant } from './mutants';
import { ofFlows, ofRows } from './statements';
import { suitesOfTests } from './suites-of-tests';
import { suite } from './suites';
import { writers } from './writers';

const conditions = Object.entries({ ...ofRows, ...ofFlows }).flatMap(([statement, { conditions: named }]) =>
  Object.keys(named).map((name) => `${statement}.${name}`),
);

describe('every order of events', () => {
  it.each(suitesOfTests)('keeps what must hold: $title, faults: $most', (one) => {
    const { broken, ends } = explore(one);
    expect(broken).toBeNull();
    expect(ends).toBeGreaterThan(0);
  });
});

describe('a condition that is left out', () => {
  it('is known to break something, or to be redundant', () => {
    const known = new Set([...mutants.map(({ dropped }) => dropped), ...Object.keys(redundant)]);
    expect(conditions.filter((name) => !known.has(name))).toEqual([]);
    expect(mutants.filter(({ dropped }) => dropped in redundant)).toEqual([]);
    expect(Object.keys(redundant).filter((name) => !conditions.includes(name))).toEqual([]);
  });

  it.each(mutants)('$dropped: it breaks "$breaks"', ({ dropped, suite: one, breaks }) => {
    const { broken } = explore(one, { dropped });
    expect(broken?.invariant).toBe(breaks);
    expect(explore(one).broken).toBeNull();
  });

  it.each(Object.keys(redundant))('%s: it breaks nothing', (dropped) => {
    const { caller, reencrypt, rename, disconnect, complete, completeLater, importOver } = writers;
    const twoAccounts = { rows: ['ada', 'eve'] };
    const suites = dropped.startsWith('endFlow')
      ? [suite([complete, complete], 1), suite([complete, disconnect], 1)]
      : [
          suite([caller, caller], 1),
          suite([rename, reencrypt], 1),
          suite([caller, disconnect], 0, twoAccounts),
          suite([importOver, rename], 0),
          suite([importOver, caller], 1),
          suite([complete, completeLater], 0),
        ];
    for (const one of suites) expect(explore(one, { dropped }).broken).toBeNull();
  });
});

describe('docs/proof.md', () => {
  it('names every invariant', () => {
    const lines = readFileSync(`${import.meta.dirname}/../../docs/proof.md`, 'utf8');
    const text = lines.replaceAll(/\s+/g, ' ').toLowerCase();
    expect(invariants.filter((name) => !text.includes(name))).toEqual([]);
  });
});
