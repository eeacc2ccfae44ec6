/** What must hold whatever the order of events. docs/proof.md has the same names. */

export const invariants = [
  'a statement touches only what it is about',
  'one request at a time',
  'each claim has a number of its own',
  'a claim is of the tokens that were read',
  'an answered refresh token is not presented again',
  'only its owner ends a lease',
  'a save never goes over a later one',
  'a live grant is never marked',
  'tokens are only in the row of their account',
  'no token is served to another user',
  'one row an account',
  'a rewrite keeps the tokens',
  'only tokens that were read are deleted',
  'a later grant is never replaced by an earlier one',
  'a grant that gives way does so to a later one',
  'of two grants the earlier one is given back',
  'a flow is taken once, in time and by its user',
  'only flows of that user are ended',
  'what was ended is not stored afterwards',
  'what may be in use is not revoked',
  'a completion is told what became of its tokens',
  'every pair of tokens has a place',
  'an expired token is never served as just issued',
  'a refused token is not served again',
  'tokens go only where they were issued for',
  'gone is said only where there was no row',
  'nothing gets stuck',
  'a new caller gets a token or a true reason',
] as const;

export type Invariant = (typeof invariants)[number];
