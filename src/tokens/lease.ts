/** Longest that a lease can be, in milliseconds. One that ends later is over: the database's clock has gone back. */
export const MAX_LEASE_MS = 180_000;
