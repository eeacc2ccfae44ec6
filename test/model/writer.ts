/** What a process wants next. A writer is a generator of such steps, which is given back what came of each. */
import type { TokenAnswer } from '../../src/oauth/token-answer';
import type { Invariant } from './invariant-names';
import type { Pair } from './sealed';
import type { GrantOf, Values, ofFlows, ofRows } from './statements';
import type { Row } from './rows';

/** Tokens as an answer has them. */
export interface Issued extends Pair {
  /** Undefined where the provider keeps the refresh token that it has. */
  readonly refresh: string | undefined;
  /** When the code was exchanged, by a clock that is never set. */
  readonly time: number;
}

export type Answer = TokenAnswer<Issued>;

/** Writes a new row or over one, and ends the flow that the grant comes from: all of it or nothing. */
export interface Putting {
  readonly id: string;
  readonly user: string;
  readonly over: Row | null;
  readonly values: Values;
  readonly grant: GrantOf & { readonly grantId: string };
  /** State of the flow; null for tokens that a host imports. */
  readonly flow: string | null;
}

type GivenOf<Kind> = Kind extends { effect: (target: never, given: infer Given) => unknown } ? Given : never;
type Table = typeof ofRows & typeof ofFlows;

export type StatementWant = {
  [Name in keyof Table]: {
    readonly do: 'statement';
    readonly name: Name;
    readonly given: GivenOf<Table[Name]>;
  };
}[keyof Table];

/** A failure of the database that the process goes on after. */
interface MayFail {
  readonly mayFail?: true;
}

export type Want =
  | (StatementWant & MayFail)
  /** Several in one transaction: whether each touched anything; `taken`, and nothing done, when the unique key forbids one. */
  | ({
      readonly do: 'each';
      readonly statements: readonly StatementWant[];
      /** The user whose rows are read after that, in the same transaction; then the answer has both. */
      readonly thenList?: string;
    } & MayFail)
  | ({ readonly do: 'put'; readonly given: Putting } & MayFail)
  | ({
      readonly do: 'read';
      readonly by: 'user' | 'id';
      readonly value: string;
    } & MayFail)
  | { readonly do: 'list'; readonly user: string | null }
  /** Whether a flow of that user is taken. */
  | { readonly do: 'taken'; readonly user: string }
  | {
      readonly do: 'send';
      readonly kind: 'refresh' | 'exchange';
      /** A pair of tokens, or the state of a flow. */
      readonly presented: string;
      /** Whether the client that asks is not the one that got the tokens. */
      readonly isOfAnother?: boolean;
    }
  | { readonly do: 'revoke'; readonly pair: string }
  /** Begins a flow. */
  | { readonly do: 'begin'; readonly state: string; readonly user: string }
  /** Finds a flow and reads the database's clock, from which on the process counts by its own: null when there is none. */
  | { readonly do: 'find'; readonly state: string }
  /** Until the row is not leased, or not as it was read. */
  | { readonly do: 'wait'; readonly seen: Row }
  /** What nothing in the world decides: true or false. */
  | { readonly do: 'ask'; readonly question: 'is there time left' | 'does the take come first' };

/** What a statement or a read gives when the database fails; `unknown` if it may have been carried out. */
export type Failure = 'failed' | 'unknown';

export type WriterEnd =
  | {
      readonly outcome: string;
      /** The row whose access token a caller gets. */
      readonly served?: Row | undefined;
      /** Whether the caller has saved it. */
      readonly isOwn?: boolean;
      /** Tokens of another flow that a completion has replaced. */
      readonly overtaken?: string | undefined;
      /** What does not hold of it. */
      readonly broken?: Invariant | undefined;
    }
  /** To remember in another round. */
  | { readonly memory: unknown };

/** What comes of a step depends on the step; each writer knows what it asked for. */
export type Program = Generator<Want, WriterEnd>;

/** A part of a program. */
export type Step = Generator<Want>;

/** What does not change while a world goes on. */
export interface Setting {
  /** Whether a refresh token can be used once, once and shortly after, or always. */
  readonly rotation: 'strict' | 'leeway' | 'none';
  /** What a revocation ends: the grant of the token, or everything that its user has granted. */
  readonly reach: 'grant' | 'user';
  /** A condition that the statements lack, as `<statement>.<condition>`, or a precaution of the code that is left out. */
  readonly dropped?: string | undefined;
}

export interface Writer {
  readonly title: string;
  /** The account that it works for. */
  readonly user: string;
  readonly isCaller?: true;
  readonly isCompletion?: true;
  /** State of the flow that its user comes back from. */
  readonly flow?: string;
  /** @param name of the process, which is in every name that it makes up */
  readonly run: (name: string, memory: unknown, setting: Setting) => Program;
}
