/** The rows of the model: those of tokens, and those of flows. */

/**
 * By the database's clock. One that is `running` holds, also if the clock was set back by less than the longest lease; one
 * that is `beyond` ends later than any lease can, so the clock was set back by more.
 */
export type Lease = 'running' | 'over' | 'beyond' | null;

/** `due`: still usable, and time to refresh it. */
export type Life = 'fresh' | 'due' | 'expired';

export interface Row {
  readonly id: string;
  /** Stands for the account: user, connection and account name. */
  readonly user: string;
  readonly access: string;
  readonly refresh: string | null;
  readonly generation: number;
  readonly claimed: number;
  readonly lease: Lease;
  readonly status: 'active' | 'reauthorization_required';
  readonly life: Life;
  readonly fingerprint: string;
  readonly grantId: string | null;
  readonly grantedAt: string | null;
}

/** An authorization that has begun. */
export interface Flow {
  readonly state: string;
  readonly user: string;
  /** Null until the flow is taken. */
  readonly grantId: string | null;
  readonly isExpired: boolean;
}
