/** Which writers meet in which world, and what may go wrong there. */
import { type Fault, faults } from './faults';
import { process } from './processes';
import { newGrant } from './provider';
import { sealed } from './sealed';
import { seeMissing } from './steps';
import type { Flow, Row } from './rows';
import { type Grant, type World, emptyWorld } from './world';
import type { Setting, Writer } from './writer';

export interface Suite {
  readonly title: string;
  readonly setting: Setting;
  readonly faults: readonly Fault[];
  /** Faults in one order of events, at most. */
  readonly most: number;
  readonly start: World;
}

/** How the world begins. */
export interface Begin {
  readonly rotation?: Setting['rotation'];
  readonly reach?: Setting['reach'];
  /** Users that have a row; default ada. */
  readonly rows?: readonly string[];
  /** Of the tokens in the rows; default `expired`. */
  readonly life?: Row['life'];
  readonly faults?: readonly Fault[];
}

/** @param most faults in one order of events */
export function suite(writers: readonly Writer[], most: number, begin: Begin = {}): Suite {
  const { rotation = 'strict', reach = 'grant', rows = ['ada'], life = 'expired' } = begin;
  const about = [
    rotation !== 'strict' && `rotation: ${rotation}`,
    reach === 'user' && 'a revocation ends everything',
    rows.length === 0 && 'no row',
    rows.length > 1 && 'two accounts',
    life !== 'expired' && `tokens are ${life}`,
  ];
  const states = new Set(writers.flatMap(({ flow }) => flow ?? []));
  const start: World = {
    ...emptyWorld,
    rows: rows.map((user, index) => rowOf(`r${index}`, user, life)),
    flows: [...states].map((state): Flow => ({ state, user: 'ada', grantId: null, isExpired: false })),
    grants: rows.map((user, index) => grantOf(`g-r${index}`, user)),
    processes: writers.map(process),
  };
  return {
    title: [writers.map(({ title }) => title).join(' + '), ...about.filter(Boolean)].join('; '),
    setting: { rotation, reach },
    faults: begin.faults ?? faults,
    most,
    start: seeMissing(start),
  };
}

function rowOf(id: string, user: string, life: Row['life']): Row {
  const text = sealed(`g-${id}.1`, user, 'k1', 'before');
  return {
    id,
    user,
    life,
    access: text,
    refresh: text,
    generation: 1,
    claimed: 1,
    lease: null,
    status: 'active',
    fingerprint: 'a1',
    grantId: `g-${id}`,
    grantedAt: '5000',
  };
}

function grantOf(name: string, user: string): Grant {
  return { ...newGrant(name, user), saved: 1 };
}
