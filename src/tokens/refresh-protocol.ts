/**
 * How one expired token becomes a new one while any number of processes want it: the steps and their order, without a
 * database, a network or a clock. The code that runs it carries out each step and gives back the result.
 *
 * What holds whatever the order of events, and how that is known, is in docs/proof.md.
 */

import type { TokenAnswer } from '../oauth/token-answer';

/** Longest that a claim can keep other processes off, in milliseconds. */
export const MAX_LEASE_MS = 180_000;

/**
 * A lease that ends more than this many milliseconds from now was given before the database's clock was set back, and counts as over.
 * It is a minute more than the longest lease, since a clock may be corrected slightly while a claim holds.
 */
export const LEASE_HORIZON_MS = MAX_LEASE_MS + 60_000;

/** What the row says, as far as the protocol asks. */
export interface TokenState {
  /** Of the row: one that was deleted and made anew has another. */
  readonly id: string;
  /** Generation of the tokens that are saved. */
  readonly generation: number;
  /** Latest generation that a process has claimed. */
  readonly claimedGeneration: number;
  /** Whether the latest claim still holds, by the database's clock. */
  readonly isLeased: boolean;
  /** Whether the owner of the latest claim came back without tokens and gave it up. */
  readonly isGivenUp: boolean;
  readonly status: 'active' | 'reauthorization_required';
  /** Whether there is a refresh token that may be presented. */
  readonly canRefresh: boolean;
  /** Whether the saved access token would be accepted now. */
  readonly isUsable: boolean;
  /** Whether it is time to get a new one, though the saved one may still be usable. */
  readonly isDue: boolean;
}

/**
 * The number of the next claim. Above that of the saved tokens, too, where another program has written one: what a claim below
 * it brings is never saved.
 */
export function nextClaim({
  generation,
  claimedGeneration,
}: Pick<TokenState, 'generation' | 'claimedGeneration'>): number {
  return Math.max(generation, claimedGeneration) + 1;
}

/** A step to carry out; the generator is given back what each comment says. */
export type RefreshStep<Tokens> =
  /** Read the row: a `TokenState`, or null when there is none. */
  | { readonly step: 'read' }
  /** Take the next generation if the row is still as seen and there is no lease: true or false. */
  | { readonly step: 'claim'; readonly seen: TokenState }
  /** Wait until it is worth reading again. */
  | { readonly step: 'wait' }
  | ClaimedStep<Tokens>;

/** A step of the process that has the claim. */
export type ClaimedStep<Tokens> =
  /** Send the refresh request: a `TokenAnswer`. */
  | { readonly step: 'request'; readonly seen: TokenState }
  /** Save unless a later generation is saved: `saved`, `superseded`, or `gone` when there is no row. */
  | { readonly step: 'save'; readonly claimed: number; readonly tokens: Tokens }
  /** Revoke tokens that will not be used (RFC 7009). */
  | { readonly step: 'revoke'; readonly tokens: Tokens }
  /** End the lease if it is still this claim's. */
  | { readonly step: 'release'; readonly claimed: number }
  /** Mark the row, if nothing was saved or claimed since: true or false. */
  | { readonly step: 'mark'; readonly claimed: number; readonly seen: TokenState };

/** How it ended. After `usable` the row holds a token to use, unless its status says that what was saved is none. */
export type RefreshOutcome = 'usable' | 'reauthorization_required' | 'transient' | 'misconfigured' | 'gone';

export type StepResult<Tokens> =
  TokenState | TokenAnswer<Tokens> | 'saved' | 'superseded' | 'gone' | boolean | null | undefined;

export type RefreshProtocol<Tokens> = Generator<RefreshStep<Tokens>, RefreshOutcome, StepResult<Tokens>>;

/** What a caller remembers of the rounds before. */
export interface RefreshMemory {
  readonly id: string;
  /** Generation of the tokens that the caller found first. */
  readonly first: number;
  /** The claim that it waited for; null when it has not waited. */
  readonly awaited: number | null;
}

export function* refreshProtocol<Tokens>(): RefreshProtocol<Tokens> {
  let memory: RefreshMemory | null = null;
  for (;;) {
    const end: RefreshOutcome | RefreshMemory | null = yield* refreshRound<Tokens>(memory);
    if (typeof end === 'string') return end;
    memory = end;
  }
}

/** @returns the outcome; or what to remember in another round */
export function* refreshRound<Tokens>(
  memory: RefreshMemory | null,
): Generator<RefreshStep<Tokens>, RefreshOutcome | RefreshMemory | null, StepResult<Tokens>> {
  const seen = (yield { step: 'read' }) as TokenState | null;
  if (seen === null) return 'gone';
  const { id, first, awaited } =
    memory?.id === seen.id ? memory : { id: seen.id, first: seen.generation, awaited: null };
  // Just issued: each caller that waited takes it, however short its life, or each would request one of its own.
  if (seen.isUsable && (!seen.isDue || seen.generation > first)) return 'usable';
  if (!seen.canRefresh) return seen.isUsable ? 'usable' : 'reauthorization_required';
  // Callers that waited share the failure, too, so that they do not each ask a failing provider in turn.
  if (seen.isGivenUp && seen.claimedGeneration === awaited) return seen.isUsable ? 'usable' : 'transient';
  if (seen.isLeased || !(yield { step: 'claim', seen })) {
    if (seen.isUsable) return 'usable';
    yield { step: 'wait' };
    return { id, first, awaited: seen.isLeased ? seen.claimedGeneration : nextClaim(seen) };
  }
  const outcome = yield* refreshClaimed<Tokens>(seen);
  if (outcome === 'again') return { id, first, awaited };
  return seen.isUsable && (outcome === 'transient' || outcome === 'misconfigured') ? 'usable' : outcome;
}

function* refreshClaimed<Tokens>(
  seen: TokenState,
): Generator<RefreshStep<Tokens>, RefreshOutcome | 'again', StepResult<Tokens>> {
  const claimed = nextClaim(seen);
  const answer = (yield { step: 'request', seen }) as TokenAnswer<Tokens>;
  switch (answer.kind) {
    case 'tokens': {
      const saved = yield { step: 'save', claimed, tokens: answer.tokens };
      if (saved === 'saved') return 'usable';
      if (saved === 'superseded') return 'again';
      yield { step: 'revoke', tokens: answer.tokens };
      // Deleted; but the user may have connected again meanwhile.
      return 'again';
    }
    case 'invalid_grant':
      if (yield { step: 'mark', claimed, seen }) return 'reauthorization_required';
      // Another process saved meanwhile; this claim still stands, and would keep others waiting.
      yield { step: 'release', claimed };
      return 'again';
    default:
      yield { step: 'release', claimed };
      return answer.kind;
  }
}
