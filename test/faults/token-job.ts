/** Jobs about tokens: a process opens `Connections`, keeps them over any number of jobs, and closes them in the end. */
import type { ConnectionsDocument } from '../../src/config/document';
import type { ReencryptReport } from '../../src/tokens/reencrypt';
import type { Connection, Failure } from './in-every-job';

/** A step of a refresh, as a process passes it. */
export type RefreshPlace =
  | `${'before' | 'after'} the ${'claim' | 'save' | 'release' | 'mark'}`
  | 'at the client secret'
  | 'before the request'
  | 'after the answer';

/** What happens when a job passes a place for the first time: SIGKILL, or it waits until the parent says `go`. */
export interface Halt {
  readonly at: RefreshPlace;
  readonly how: 'kill' | 'wait';
}

/** Keys in base64 by id, and the id of the one that encrypts. */
export interface Ring {
  readonly current: string;
  readonly keys: Readonly<Record<string, string>>;
}

export interface OpenConnectionsJob {
  readonly kind: 'open-connections';
  readonly connection: Connection;
  readonly config: ConnectionsDocument;
  readonly ring: Ring;
  /** Given to whoever asks for the secret of the client. */
  readonly clientSecret: string;
  /** Milliseconds; a claim lasts three times as long. Default: as in `Connections`. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds after which a claim is over for everybody else, as when the clock of this process stood still. */
  readonly leaseMs?: number;
  /** Default: as in `Connections`. */
  readonly preparedStatements?: boolean;
}

/** Stores tokens that have expired already. */
export interface ImportTokensJob {
  readonly kind: 'import-tokens';
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

export interface AskTokensJob {
  readonly kind: 'ask-tokens';
  readonly userIds: readonly string[];
  /** How many ask at once for the token of each user. */
  readonly callers: number;
  readonly halt?: Halt;
}

interface ReencryptJob {
  readonly kind: 'reencrypt';
}

/** Waits for refreshes that are under way. */
interface CloseConnectionsJob {
  readonly kind: 'close-connections';
}

export type TokenJob =
  OpenConnectionsJob | ImportTokensJob | AskTokensJob | ReencryptJob | CloseConnectionsJob;

/** What some callers were told about a user; those who were told the same are one. */
export interface Told {
  readonly userId: string;
  readonly accessToken: string | null;
  readonly error: Failure | null;
  readonly callers: number;
}

export interface TokenOutcomes {
  readonly 'open-connections': null;
  readonly 'import-tokens': null;
  readonly 'ask-tokens': readonly Told[];
  readonly reencrypt: ReencryptReport;
  readonly 'close-connections': null;
}
