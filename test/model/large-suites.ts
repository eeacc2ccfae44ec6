/** The suites of `npm run test:model`: every pair and every triple of writers, and some with more faults. */
import type { Begin, Suite } from './suites';
import { suite } from './suites';
import type { Writer } from './writer';
import { writers } from './writers';

export interface SuiteGroup {
  readonly title: string;
  readonly suites: readonly Suite[];
}

const {
  caller,
  complete,
  completeLater,
  consent,
  importNew,
  importOver,
  disconnect,
  forget,
  rename,
  reencrypt,
} = writers;
const { callerOfBob, callerOfEve, rejecting, early, shortLived, unusable, ofAnotherClient, ofAnotherServer } =
  writers;

/** One of each kind; two completions are of two flows. */
const kinds = [caller, complete, consent, importNew, importOver, disconnect, forget, rename, reencrypt];
const callers = [
  caller,
  callerOfBob,
  rejecting,
  early,
  shortLived,
  unusable,
  ofAnotherClient,
  ofAnotherServer,
];

const begins: readonly Begin[] = [
  {},
  { rows: [] },
  { life: 'due' },
  { rotation: 'leeway' },
  { rotation: 'none' },
];

/** Every choice of so many, the same more than once. */
function choices(of: readonly Writer[], size: number): Writer[][] {
  if (size === 0) return [[]];
  return of.flatMap((first, index) => choices(of.slice(index), size - 1).map((rest) => [first].concat(rest)));
}

/** The second completion is of another flow. */
function apart(chosen: readonly Writer[]): Writer[] {
  const isSecond = (one: Writer, index: number) => one === complete && chosen.indexOf(one) < index;
  return Array.from(chosen, (one, index) => (isSecond(one, index) ? completeLater : one));
}

/** There are two flows, and one user that consents only now. */
function isPossible(chosen: readonly Writer[]): boolean {
  const count = (one: Writer) => chosen.filter((other) => other === one).length;
  return count(complete) <= 2 && count(consent) <= 1;
}

const pairs = choices(kinds, 2).filter(isPossible).map(apart);
const triples = choices(kinds, 3).filter(isPossible).map(apart);
const revoking = new Set([disconnect, forget, complete]);
const withRevocations = pairs.filter((pair) => pair.some((one) => revoking.has(one)));

export const largeSuites: readonly SuiteGroup[] = [
  {
    title: 'every pair of writers, 2 faults',
    suites: begins.flatMap((begin) => pairs.map((pair) => suite(pair, 2, begin))),
  },
  {
    title: 'every pair of writers, 2 faults, a revocation ends everything',
    suites: withRevocations.map((pair) => suite(pair, 2, { reach: 'user' })),
  },
  {
    title: 'every pair of callers, 2 faults',
    suites: ['fresh', 'due', 'expired'].flatMap((life) =>
      choices(callers, 2).map((pair) => suite(pair, 2, { life: life as 'fresh' })),
    ),
  },
  {
    title: 'callers of two accounts, 2 faults',
    suites: [caller, disconnect, forget, rename, reencrypt, complete].map((one) =>
      suite([one, callerOfEve], 2, { rows: ['ada', 'eve'] }),
    ),
  },
  { title: 'every triple of writers, no fault', suites: triples.map((three) => suite(three, 0)) },
  {
    title: 'every triple of writers, 1 fault',
    suites: triples.map((three) => suite(three, 1)),
  },
  {
    title: 'every triple of writers without a row, 1 fault',
    suites: triples.map((three) => suite(three, 1, { rows: [] })),
  },
  { title: 'two callers, 3 faults', suites: [suite([caller, caller], 3)] },
  { title: 'four callers, no fault', suites: [suite([caller, caller, caller, caller], 0)] },
];
