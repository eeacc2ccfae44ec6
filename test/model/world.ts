/** The world of the model: plain data that is never changed, so that two worlds are compared by their text. */
import type { Invariant } from './invariant-names';
import type { Flow, Row } from './rows';
import type { Want, Writer } from './writer';

/** What the provider knows, and what the invariants remember, of one consent of a user. */
export interface Grant {
  readonly name: string;
  readonly user: string;
  /** The flow whose code was exchanged; null for a grant that was there from the beginning. */
  readonly flow: string | null;
  /** Of all exchanges, in the order of the provider's answers; 0 for one that was there from the beginning. */
  readonly order: number;
  readonly isAlive: boolean;
  /** Number of the latest pair of tokens. */
  readonly newest: number;
  /** `<number of the pair> <claim>` for each refresh token that was presented and answered with tokens. */
  readonly answered: readonly string[];
  /** Number of the latest pair that was ever in a row; 0 for none. */
  readonly saved: number;
  /** Whether another grant took its place in a row. */
  readonly isReplaced: boolean;
  /** Whether the provider has refused it although it is alive. */
  readonly isRefusedOnce: boolean;
  /** Whether a process gave it back. */
  readonly isGivenBack: boolean;
  /** Numbers of pairs that a fault took away, or that may not be revoked. */
  readonly lost: readonly number[];
}

/** A request on its way to the provider. */
export interface Message {
  readonly from: string;
  readonly kind: 'refresh' | 'exchange';
  /** Presented: a pair of tokens, or the state of a flow. */
  readonly presented: string;
  /** `<process>.<number claimed>`, or the process. */
  readonly claim: string;
  /** Id of the row that was claimed. */
  readonly row: string | null;
  /** Whether its sender still waits for the answer. */
  readonly isAwaited: boolean;
}

/** A statement whose sender was told that it failed, and that may still be carried out. */
export interface Stray {
  readonly from: string;
  readonly statement: string;
  readonly given: Want & { readonly do: 'statement' | 'each' | 'put' };
}

interface Claim {
  readonly row: string;
  readonly claimed: number;
}

export interface Process {
  readonly name: string;
  readonly writer: Writer;
  /** What it remembers of the rounds before. */
  readonly memory: unknown;
  /** What it was given since its round began. */
  readonly results: readonly unknown[];
  /** How it ended; null while it runs. */
  readonly end: string | null;
  /** Whether its request is on its way. */
  readonly hasSent: boolean;
  /** Whether it was suspended for longer than a lease since its claim. */
  readonly isLate: boolean;
  readonly claim: Claim | null;
  /** A pair of tokens that only this process has. */
  readonly holds: readonly string[];
  /** Grants that were stored or on their way when it asked whether it may revoke; null when it has not asked. */
  readonly mustKeep: readonly string[] | null;
  /** Whether its account had no row at some time since it began. */
  readonly hasMissedRow: boolean;
}

/** What a process has ended for a user: none of it may be stored once the process is done. */
interface Removal {
  readonly by: string;
  readonly user: string;
  /** States. */
  readonly flows: readonly string[];
  readonly grants: readonly string[];
}

export interface World {
  readonly rows: readonly Row[];
  readonly flows: readonly Flow[];
  readonly grants: readonly Grant[];
  readonly messages: readonly Message[];
  readonly strays: readonly Stray[];
  readonly processes: readonly Process[];
  readonly removals: readonly Removal[];
  /** Exchanges so far: what a monotonic clock shows. */
  readonly time: number;
  /** Of the database's clock. */
  readonly offset: number;
  /** Faults that excuse what an invariant would forbid, each with the claim or the process that it hit. */
  readonly excuses: readonly string[];
  /** What an event did that no state shows. */
  readonly violation: Invariant | null;
}

export const emptyWorld: World = {
  rows: [],
  flows: [],
  grants: [],
  messages: [],
  strays: [],
  processes: [],
  removals: [],
  time: 0,
  offset: 0,
  excuses: [],
  violation: null,
};

/** The list with some of its parts changed. */
export function changed<Part>(
  list: readonly Part[],
  isMeant: (part: Part) => boolean,
  change: (part: Part) => Partial<Part>,
): readonly Part[] {
  return list.map((part) => (isMeant(part) ? { ...part, ...change(part) } : part));
}

export function added(list: readonly string[], text: string): readonly string[] {
  return list.includes(text) ? list : [...list, text].toSorted();
}

/** A grant, or none, by the name that its tokens begin with. */
export function grantNamed(world: World, name: string): Grant | undefined {
  return world.grants.find((grant) => grant.name === name);
}

export function withGrant(world: World, name: string, change: (grant: Grant) => Partial<Grant>): World {
  return { ...world, grants: changed(world.grants, (grant) => grant.name === name, change) };
}

export function withProcess(
  world: World,
  name: string,
  change: (process: Process) => Partial<Process>,
): World {
  return { ...world, processes: changed(world.processes, (process) => process.name === name, change) };
}

/** The first violation stays. */
export function violated(world: World, invariant: Invariant): World {
  return world.violation === null ? { ...world, violation: invariant } : world;
}
