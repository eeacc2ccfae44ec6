/**
 * How the tokens of one grant get into the row of their account: the steps and their order, without a database or a clock.
 * Of two grants of one account the one exchanged last stays. An attempt whose answer was lost may have been carried out,
 * so the row is asked whether it was, and nothing that may be in use is revoked.
 */

/** What a row says about the grant that its tokens come from. */
export interface StoredGrant {
  /** Null for tokens that another program left. */
  readonly grantId: string | null;
  /** When the grant was exchanged, by the database's clock; null when that is not known. */
  readonly grantedAt: string | null;
}

/** A step to carry out; the generator is given back what each comment says. */
export type PutStep<Row> =
  /** Write the tokens into a new row, or over the given one if it is still as seen, and end the flow: a `PutResult`. */
  | { readonly step: 'put'; readonly over: Row | null }
  /** Read the row of the account: a row, null when there is none, or `failed`. */
  | { readonly step: 'read' }
  /** End the flow without tokens: whether it had not ended yet. */
  | { readonly step: 'end' }
  /** Wait for the database: false when there is no time left. */
  | { readonly step: 'wait' };

export type PutResult =
  | 'put'
  /** The row is not as seen, or there is one by now. Nothing was written. */
  | 'changed'
  /** The flow has ended. Nothing was written. */
  | 'ended'
  /** The database refused. Nothing was written. */
  | 'failed'
  /** The answer to the commit was lost. */
  | 'unknown';

export type PutEnd =
  | { readonly outcome: 'put' }
  | {
      readonly outcome:
        /** The account has tokens that may not be replaced. */
        | 'superseded'
        /** The flow ended meanwhile: the user disconnected, was renamed or was forgotten. */
        | 'ended'
        /** There was no time left. */
        | 'failed';
      /** Whether it is certain that these tokens were never in the row, so that they can be revoked. */
      readonly isUnused: boolean;
    };

export type PutProtocol<Row> = Generator<PutStep<Row>, PutEnd, Row | PutResult | boolean | null | undefined>;

/**
 * @param grantId of the tokens to write
 * @param before the row as it was read last
 * @param mayReplace whether the tokens may be written over those of a row
 */
export function* putProtocol<Row extends StoredGrant>(
  grantId: string,
  before: Row | null,
  mayReplace: (row: Row) => boolean,
): PutProtocol<Row> {
  let over = before;
  let isUnused = true;
  for (;;) {
    if (over !== null && !mayReplace(over)) {
      // After a failure of the database this is not known, and the flow counts as not ended.
      const hadNotEnded = (yield { step: 'end' }) !== false;
      return { outcome: hadNotEnded || !isUnused ? 'superseded' : 'ended', isUnused };
    }
    const result = (yield { step: 'put', over }) as PutResult;
    if (result === 'put') return { outcome: 'put' };
    if (result === 'unknown') isUnused = false;
    if (result === 'failed' || result === 'unknown') {
      if (!(yield { step: 'wait' })) return { outcome: 'failed', isUnused };
    }
    for (;;) {
      const row = (yield { step: 'read' }) as Row | 'failed' | null;
      if (row !== 'failed') {
        over = row;
        break;
      }
      if (!(yield { step: 'wait' })) return { outcome: 'failed', isUnused };
    }
    // An attempt was carried out although its answer was lost.
    if (over?.grantId === grantId) return { outcome: 'put' };
    if (result === 'ended') return { outcome: 'ended', isUnused };
  }
}

/**
 * Whether a row has the tokens of a later grant. The grant that was there before the exchange is older, whatever the clock
 * says; only for one that came meanwhile the clock decides.
 * @param before the row as it was before the exchange
 * @param exchangedAt an instant as the row has it
 */
export function isLaterGrant(row: StoredGrant, before: StoredGrant | null, exchangedAt: string): boolean {
  if (before !== null && row.grantId === before.grantId) return false;
  return row.grantedAt !== null && row.grantedAt > exchangedAt;
}
