/** Longest that a claim can keep other processes off, in milliseconds; one that ends later was made before the database's clock was set back. */
export const MAX_LEASE_MS = 180_000;
