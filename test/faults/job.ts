/** What the parent and its child processes say to each other, as JSON: a job goes out, an outcome comes back. */
import type { ConnectionsDocument } from '../../src/config/document';
import type { Connection, Failure } from './in-every-job';
import type { TokenJob, TokenOutcomes } from './token-job';

/** What happens right before statement `before` (from 1) of the phase that is under fault. */
interface Fault {
  /** `kill`: the process gets SIGKILL. `cut`: the server ends the connection that is to carry the statement. */
  readonly kind: 'kill' | 'cut';
  readonly before: number;
}

/** Starts a store; with `reload` it also syncs again, and only that is under fault and counted. */
export interface StartJob {
  readonly kind: 'start';
  readonly connection: Connection;
  readonly config: ConnectionsDocument;
  readonly reload?: ConnectionsDocument;
  readonly store?: {
    readonly migrations?: 'run' | 'check';
    readonly lockTimeoutMs?: number;
  };
  /** Who opens the DataSource; a host's own stays open after a failure and is asked one more query. Default `store`. */
  readonly opener?: 'host' | 'store';
  /** Sent on the host's DataSource before the store starts. */
  readonly before?: string;
  /** The query that must still work afterwards; default `SELECT 1`. */
  readonly after?: string;
  readonly fault?: Fault;
}

/** Writes one connection, by a sync, and one token for each instant. */
export interface WriteInstantsJob {
  readonly kind: 'write-instants';
  readonly connection: Connection;
  /** Where the process is to be, as the variable TZ has it. */
  readonly zone: string;
  readonly instants: readonly string[];
}

export interface ReadInstantsJob {
  readonly kind: 'read-instants';
  readonly connection: Connection;
  readonly zone: string;
}

/** Saves a token for each user and reads each back by the exact user id. */
export interface UsersJob {
  readonly kind: 'users';
  readonly connection: Connection;
  readonly users: readonly string[];
}

/** Judges that many documents made from the seed. */
export interface FuzzJob {
  readonly kind: 'fuzz';
  readonly documents: number;
  readonly seed: number;
}

export type Job = StartJob | WriteInstantsJob | ReadInstantsJob | UsersJob | FuzzJob | TokenJob;

/** Not a job: the one that has halted goes on. */
export interface GoOn {
  readonly kind: 'go-on';
}

export interface StartOutcome {
  /** What `initialize()`, or the second sync, rejected with. */
  readonly error: Failure | null;
  /** The latest sync: what it wrote, by name, or why it failed; `null` when none was reached. */
  readonly lastSync: { readonly written: readonly string[]; readonly error: Failure | null } | null;
  /** What the next query on the same pool failed with; only with `opener: 'host'`. */
  readonly nextQuery: Failure | null;
  /** Every statement of the phase under fault, in order. */
  readonly statements: readonly string[];
  /** Whether the fault took place. */
  readonly injected: boolean;
  readonly milliseconds: number;
  readonly log: readonly string[];
}

export interface InstantsOutcome {
  /** On the first of January 2025, west of Greenwich counts as positive. */
  readonly offsetMinutes: number;
  /** What each kept instant reads as, in the order written; empty after writing. */
  readonly read: readonly { readonly connection: string; readonly token: string }[];
}

export interface UsersOutcome {
  /** For each user asked for: the users whose tokens came back. */
  readonly found: readonly (readonly string[])[];
}

export interface FuzzOutcome {
  readonly documents: number;
  /** How many could be understood as a whole. */
  readonly readable: number;
  /** How many removed something, as they should. */
  readonly removing: number;
  readonly slowestMs: number;
  readonly faults: readonly string[];
}

export interface Outcomes extends TokenOutcomes {
  readonly start: StartOutcome;
  readonly 'write-instants': InstantsOutcome;
  readonly 'read-instants': InstantsOutcome;
  readonly users: UsersOutcome;
  readonly fuzz: FuzzOutcome;
}

/** An answer of a child: `ready` once, then one for each job, and `halted` before it when the job waits at a place. */
export type Answer =
  | { readonly say: 'ready' }
  | { readonly say: 'halted' }
  | { readonly say: 'outcome'; readonly outcome: Outcomes[Job['kind']] }
  | { readonly say: 'threw'; readonly error: Failure };
