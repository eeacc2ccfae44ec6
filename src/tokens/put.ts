/** Carries out the put of a grant's tokens with a database and a clock. */
import { isUncertain } from '../database/database-error';
import type { Statement } from '../database/statement';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import { elapsedMs, pause } from '../pauses';
import type { AccountRef } from './account-ref';
import type { PutEnd, PutResult, PutStep } from './put-protocol';
import { putProtocol } from './put-protocol';
import type { Grant, StoredToken, TokenValues } from './token-row';
import type { TokenRows } from './token-rows';

export interface Put {
  readonly ref: AccountRef;
  readonly values: TokenValues;
  readonly grant: Grant;
  /** The row as it was read last; null when there was none. */
  readonly before: StoredToken | null;
  /** Whether the tokens may be written over those of a row. */
  readonly mayReplace: (row: StoredToken) => boolean;
  /** The flow that the grant comes from, which has to be there still; undefined for imported tokens. */
  readonly flow?: PutFlow | undefined;
  /** How long to try while the database fails, in milliseconds. */
  readonly forMs: number;
}

export interface PutFlow {
  /** Deletes the flow. */
  readonly deletion: Statement;
  /** Deletes the flow now; whether it was there. */
  end(): Promise<boolean>;
}

export type PutDone = PutEnd & {
  /** What the last attempt wrote over: after `put`, what these tokens have replaced; null for a new row. */
  readonly over: StoredToken | null;
  /** The row as it was read last: what the account has when the tokens were `superseded`. */
  readonly row: StoredToken | null;
  /** What the database said last, if it refused: after `failed`, why there was no time left. */
  readonly error: unknown;
};

/** Never throws: what the database said last is in the result. */
export async function putTokens(rows: TokenRows, put: Put): Promise<PutDone> {
  const { ref, values, grant, flow, mayReplace } = put;
  let until = elapsedMs() + put.forMs;
  const protocol = putProtocol<StoredToken>(grant.id, put.before, mayReplace);
  let row = put.before;
  let over = put.before;
  let error: unknown;
  let isTaken = false;
  let overtaken = 0;
  const carryOut = async (step: PutStep<StoredToken>) => {
    switch (step.step) {
      case 'put': {
        over = step.over;
        const result = await rows.put(ref, values, grant, step.over, flow?.deletion);
        isTaken = result === 'taken';
        if (result === 'put' || result === 'ended') return result;
        if ((overtaken += 1) > MOST_OVERTAKEN) throw busy(ref);
        return 'changed';
      }
      case 'read':
        row = await rows.read(ref);
        if (isTaken && row === null && (await rows.isMistaken(ref))) throw mistaken(ref);
        return row;
      case 'end':
        return (await flow?.end()) ?? true;
      default:
        if (elapsedMs() >= until) return false;
        await pause(RETRY_MS);
        return true;
    }
  };
  let next = protocol.next();
  while (!next.done) {
    const result = await carryOut(next.value).catch((thrown: unknown): PutResult => {
      error = thrown;
      if (rows.isLasting(thrown) || isConnectionsError(thrown, 'account_taken')) until = 0;
      return isUncertain(thrown) ? 'unknown' : 'failed';
    });
    next = protocol.next(result);
  }
  return { ...next.value, over, row, error };
}

const RETRY_MS = 200;
/** Attempts that other writers of the row overtake. */
const MOST_OVERTAKEN = 100;

function mistaken({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'account_taken',
    `The tokens of connection ${quote(connectionName)} could not be stored: the unique key of the table mistakes this ` +
      'user, connection or account for another. Either one of its columns compares without regard to case or accents, because ' +
      'a foreign key of yours keeps its collation: change it to a binary collation. Or this one differs from the other by ' +
      'spaces at its end alone, which no collation of MySQL before 8.0.17 counts: use ids without them, or a later server.',
    { connectionName, account },
  );
}

function busy({ connectionName, account }: AccountRef): ConnectionsError {
  return new ConnectionsError(
    'database_busy',
    `The tokens of connection ${quote(connectionName)} could not be stored: other writers changed the row each time. Nothing ` +
      'was written. Try again.',
    { connectionName, account },
  );
}
