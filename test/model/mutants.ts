/**
 * What each condition of the statements is for: a suite in which its absence breaks an invariant, or why nothing depends on
 * it. A few precautions of the code stand beside the statements.
 */
import type { Invariant } from './invariant-names';
import { type Suite, suite } from './suites';
import { writers } from './writers';

export interface Mutant {
  /** `<statement>.<condition>` */
  readonly dropped: string;
  readonly suite: Suite;
  readonly breaks: Invariant;
}

const twoAccounts = { rows: ['ada', 'eve'] };
const { caller, callerOfEve, complete, completeLater, disconnect, disconnectEve, rename, reencrypt } =
  writers;
const { completeOfEve, consent, importOver } = writers;

const ofAnother: Invariant = 'a statement touches only what it is about';
const twoCallers = suite([caller, caller], 1);
const callersOfTwo = suite([caller, callerOfEve], 1, twoAccounts);

export const mutants: readonly Mutant[] = [
  { dropped: 'claim.id', suite: callersOfTwo, breaks: ofAnother },
  { dropped: 'claim.generation', suite: twoCallers, breaks: 'a claim is of the tokens that were read' },
  { dropped: 'claim.claimedGeneration', suite: twoCallers, breaks: 'each claim has a number of its own' },
  {
    dropped: 'save.access',
    suite: suite([caller, rename], 0),
    breaks: 'tokens are only in the row of their account',
  },
  { dropped: 'mark.id', suite: callersOfTwo, breaks: ofAnother },
  { dropped: 'mark.generation', suite: twoCallers, breaks: 'a live grant is never marked' },
  { dropped: 'mark.claimedGeneration', suite: twoCallers, breaks: 'only its owner ends a lease' },
  { dropped: 'release.id', suite: callersOfTwo, breaks: ofAnother },
  { dropped: 'release.claimedGeneration', suite: twoCallers, breaks: 'only its owner ends a lease' },
  {
    dropped: 'rewrite.access',
    suite: suite([rename, reencrypt], 0),
    breaks: 'tokens are only in the row of their account',
  },
  {
    dropped: 'delete.access',
    suite: suite([disconnect, rename], 0),
    breaks: 'only tokens that were read are deleted',
  },
  {
    dropped: 'replace.access',
    suite: suite([importOver, rename], 0),
    breaks: 'tokens are only in the row of their account',
  },
  {
    dropped: 'insert.unique key',
    suite: suite([complete, completeLater], 0, { rows: [] }),
    breaks: 'one row an account',
  },
  {
    dropped: 'put.flow',
    suite: suite([complete, rename], 0),
    breaks: 'what was ended is not stored afterwards',
  },
  { dropped: 'take.state', suite: suite([complete, completeLater], 0), breaks: ofAnother },
  {
    dropped: 'take.grantId',
    suite: suite([complete, complete], 0),
    breaks: 'a flow is taken once, in time and by its user',
  },
  {
    dropped: 'take.not expired',
    suite: suite([complete], 1),
    breaks: 'a flow is taken once, in time and by its user',
  },
  {
    dropped: 'take.user',
    suite: suite([completeOfEve], 0, twoAccounts),
    breaks: 'a flow is taken once, in time and by its user',
  },
  {
    dropped: 'endFlows.user',
    suite: suite([complete, disconnectEve], 0, twoAccounts),
    breaks: 'only flows of that user are ended',
  },
  // What the code does besides.
  { dropped: 'request.age of the claim', suite: twoCallers, breaks: 'one request at a time' },
  {
    dropped: 'revoke.in use',
    suite: suite([disconnect, consent], 0, { reach: 'user' }),
    breaks: 'what may be in use is not revoked',
  },
  {
    dropped: 'revoke.order',
    suite: suite([disconnect, consent], 0, { reach: 'user' }),
    breaks: 'what may be in use is not revoked',
  },
];

const UNIQUE =
  'no two encryptions give the same text, so that the access token as read says which row and which save';

/** Conditions that repeat what others ensure. They stay in the SQL, where an index or a reader needs them. */
export const redundant: Readonly<Record<string, string>> = {
  'claim.unleased':
    'each lease comes with a new claimed generation, and a row that was read as leased is not claimed',
  'save.id': UNIQUE,
  'save.generation < claimed': `${UNIQUE}; and a row that holds a later save is not saved into after it was read again`,
  'rewrite.id': UNIQUE,
  'rewrite.generation': UNIQUE,
  'rewrite.unleased': 'the owner of a claim encrypts its answer again for the row as it is by then',
  'delete.id': UNIQUE,
  'delete.generation': UNIQUE,
  'replace.id': UNIQUE,
  'replace.generation': UNIQUE,
  'endFlow.state': 'the id of a grant is given to one flow',
  'endFlow.grantId': 'only the process that took a flow ends it by its state',
};
