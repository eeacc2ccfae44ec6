/** The courses that things take when the owner of a claim stalls past its lease. */
import type { RefreshPlace } from '../token-job';

export interface Course {
  /** Where the owner stalls; it goes on when the second has done its part. */
  readonly owner: RefreshPlace;
  /** Once the lease is over the second finishes, stays away, or stalls itself at a place and goes on last. */
  readonly second: 'finishes' | 'stays away' | RefreshPlace;
  /** What the provider does with the owner's request; default: it answers with tokens. */
  readonly provider?: 'fails' | 'has ended the grant';
  /** Whether callers may be told that the provider is not available; default: each gets a token. */
  readonly isUnavailable?: true;
  /** Whether the refresh token is presented a second time after it was answered. */
  readonly isTwice?: true;
  /** Whether the owner goes by its own clock, so that no time may be made shorter for it. */
  readonly isTimed?: true;
  /** Cannot come about where a refresh token that is presented twice ends the grant. */
  readonly isLenient?: true;
}

/** The short form tries the first four. */
export const courses: readonly Course[] = [
  { owner: 'before the save', second: 'finishes', isTwice: true },
  { owner: 'before the save', second: 'after the claim', isTwice: true },
  { owner: 'before the save', second: 'before the save', isLenient: true },
  { owner: 'before the release', second: 'after the claim', provider: 'fails', isUnavailable: true },
  { owner: 'before the save', second: 'stays away' },
  { owner: 'at the client secret', second: 'finishes' },
  { owner: 'before the claim', second: 'finishes' },
  { owner: 'after the save', second: 'finishes' },
  { owner: 'before the mark', second: 'finishes', provider: 'has ended the grant' },
  { owner: 'after the claim', second: 'finishes', isTimed: true, isUnavailable: true },
  { owner: 'before the request', second: 'finishes', isTimed: true, isUnavailable: true },
  { owner: 'after the answer', second: 'finishes', isTimed: true, isTwice: true, isUnavailable: true },
];

export function nameOf({ owner, second }: Course): string {
  const other = second === 'finishes' || second === 'stays away' ? second : `stalls ${second}`;
  return `the owner stalls ${owner} and the second ${other}`;
}
