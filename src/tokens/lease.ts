/** Longest that a claim can keep other processes off, in milliseconds. */
export const MAX_LEASE_MS = 180_000;

/**
 * A lease that ends later than in so many milliseconds was given before the database's clock was set back, and is over. A
 * minute more than the longest, since a clock may be corrected by a moment while a claim holds.
 */
export const LEASE_HORIZON_MS = MAX_LEASE_MS + 60_000;
