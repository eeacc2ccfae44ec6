/** The suites of `npm test`: two writers with two faults, three with one. */
import type { Begin, Suite } from './suites';
import { suite } from './suites';
import { writers } from './writers';
import type { Writer } from './writer';

const { caller, callerOfBob, callerOfEve, rejecting, early, shortLived, unusable, ofAnotherClient } = writers;
const { complete, completeLater, consent, importNew, importOver, disconnect, forget, rename, reencrypt } =
  writers;

const noRow: Begin = { rows: [] };
const all: Begin = { reach: 'user' };

const pairs: readonly (readonly [Writer, Writer, Begin?])[] = [
  [caller, caller],
  [caller, caller, { rotation: 'leeway' }],
  [caller, caller, { rotation: 'none' }],
  [rejecting, rejecting, { life: 'fresh' }],
  [early, caller, { life: 'due' }],
  [unusable, unusable],
  [shortLived, caller],
  [ofAnotherClient, caller],
  [writers.ofAnotherServer, caller],
  [caller, disconnect],
  [caller, forget],
  [caller, rename],
  [caller, reencrypt],
  [caller, importOver],
  [caller, importNew],
  [complete, disconnect, noRow],
  [complete, rename],
  [complete, importNew, noRow],
  [complete, importOver],
  [importOver, disconnect],
  [importNew, importNew, noRow],
  [rename, forget],
  [rename, reencrypt],
  [disconnect, disconnect],
];

export const suitesOfTests: readonly Suite[] = [
  ...pairs.map(([one, other, begin]) => suite([one, other], 2, begin)),
  suite([caller, callerOfEve], 1, { rows: ['ada', 'eve'] }),
  suite([caller, complete], 1),
  suite([complete, complete], 1),
  suite([complete, completeLater], 1),
  suite([complete, completeLater], 1, noRow),
  suite([consent, disconnect], 1, all),
  suite([consent, rename], 1),
  suite([caller, caller, caller], 1),
  suite([caller, caller, rename], 1),
  suite([caller, callerOfBob, rename], 1),
  suite([caller, caller, disconnect], 1),
  suite([caller, rename, reencrypt], 1),
  suite([complete, completeLater, disconnect], 0),
  suite([caller, complete, disconnect], 0, all),
];
