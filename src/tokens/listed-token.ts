/**
 * A row as its user is shown it, with no ciphertext but its beginning. What most rows have nothing of stands in one text, a line for
 * each part: a column costs a driver more than the text in it.
 */
import { RowShape, count, nullableText, text } from '../database/row-shape';
import type { RowValues } from '../database/statement';
import type { AccountRef } from './account-ref';
import { KEY_START_LENGTH } from './sealed-text';
import type { TokenStanding } from './token-row';

export interface ListedToken extends AccountRef, TokenStanding {
  readonly scopes: string | null;
  readonly providerMetadata: string | null;
  readonly createdAt: string;
  /** As many characters as name its key. */
  readonly accessTokenStart: string;
  readonly refreshTokenStart: string | null;
  /** Null where no API has rejected its tokens, and their latest refresh has not failed. */
  readonly trouble: Trouble | null;
}

export interface Trouble {
  /** Of the row. */
  readonly id: string;
  /** Whether an API has rejected the saved access token, and no other could be had. */
  readonly isRejected: boolean;
  /** As that of `ServedToken`. */
  readonly isRejectedLately: boolean;
  /** Since when no refresh has succeeded, ISO-8601 UTC; null when the latest did. */
  readonly failingSince: string | null;
}

interface ListedRow extends Omit<
  ListedToken,
  'accessTokenStart' | 'refreshTokenStart' | 'trouble' | 'hasRefreshToken'
> {
  readonly keys: string;
  readonly troubles: string | null;
}

export const listedShape = new RowShape<ListedRow>({
  userId: text,
  connectionName: text,
  account: text,
  scopes: nullableText,
  expiresAt: nullableText,
  generation: count,
  status: text,
  statusReason: nullableText,
  doubt: nullableText,
  configFingerprint: nullableText,
  providerMetadata: nullableText,
  createdAt: text,
  keys: text,
  troubles: nullableText,
});

/** In place of a token. */
const NONE = '-';
const YES = 'yes';

/**
 * `keys` and `troubles` as SQL.
 * @param lines one text of several
 * @param isRejectedLately a condition
 */
export function listedExpressions(
  column: (property: string) => string,
  lines: (parts: readonly string[]) => string,
  isRejectedLately: string,
): Readonly<Record<string, string>> {
  const start = (property: string) => `SUBSTR(${column(property)}, 1, ${KEY_START_LENGTH})`;
  const [rejected, failing] = [column('rejectedGeneration'), column('failingSince')];
  const troubles = lines([
    column('id'),
    `CASE WHEN ${rejected} = ${column('generation')} THEN '${YES}' ELSE '' END`,
    `CASE WHEN ${isRejectedLately} THEN '${YES}' ELSE '' END`,
    `COALESCE(${failing}, '')`,
  ]);
  return {
    keys: lines([start('accessTokenEncrypted'), `COALESCE(${start('refreshTokenEncrypted')}, '${NONE}')`]),
    troubles: `CASE WHEN ${rejected} IS NULL AND ${failing} IS NULL THEN NULL ELSE ${troubles} END`,
  };
}

export function listedToken(values: RowValues): ListedToken {
  const row = listedShape.row(values);
  const { keys, troubles } = row;
  // Another program may have written several lines: the last one is of the refresh token all the same.
  const end = keys.lastIndexOf('\n');
  const last = keys.slice(end + 1);
  const refreshTokenStart = last === NONE ? null : last;
  // Each by its name: a spread takes several times as long.
  return {
    userId: row.userId,
    connectionName: row.connectionName,
    account: row.account,
    scopes: row.scopes,
    expiresAt: row.expiresAt,
    generation: row.generation,
    status: row.status,
    statusReason: row.statusReason,
    doubt: row.doubt,
    configFingerprint: row.configFingerprint,
    providerMetadata: row.providerMetadata,
    createdAt: row.createdAt,
    accessTokenStart: keys.slice(0, end),
    refreshTokenStart,
    hasRefreshToken: refreshTokenStart !== null,
    trouble: troubles === null ? null : troubleIn(troubles),
  };
}

function troubleIn(lines: string): Trouble {
  const [id = '', rejected, lately, failingSince = ''] = lines.split('\n');
  return {
    id,
    isRejected: rejected === YES,
    isRejectedLately: lately === YES,
    failingSince: failingSince === '' ? null : failingSince,
  };
}
