/**
 * A row as it is listed for its user, with only the beginnings of its ciphertexts. Short values are joined into texts, a line for each:
 * a column costs a driver more than the text in it.
 */
import { RowShape, nullableText, text } from '../database/row-shape';
import type { RowValues } from '../database/statement';
import type { AccountRef } from './account-ref';
import { KEY_START_LENGTH } from './sealed-text';
import type { TokenStanding } from './token-row';

export interface ListedToken extends AccountRef, TokenStanding {
  readonly scopes: string | null;
  readonly providerMetadata: string | null;
  readonly createdAt: string;
  /** For `keyStartsIn`. */
  readonly keyStarts: string;
  /** For `troubleIn`; null where no API has rejected its tokens, and their latest refresh has not failed. */
  readonly trouble: string | null;
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

interface ListedRow extends Pick<
  ListedToken,
  'userId' | 'connectionName' | 'account' | 'scopes' | 'providerMetadata' | 'keyStarts' | 'trouble'
> {
  /** Lines, as `standing` below has them. */
  readonly standing: string;
}

export const listedShape = new RowShape<ListedRow>({
  userId: text,
  connectionName: text,
  account: text,
  standing: text,
  scopes: nullableText,
  providerMetadata: nullableText,
  keyStarts: text,
  trouble: nullableText,
});

const YES = 'yes';
/** Stands for NULL; no text of ours is the same. */
const NOTHING = '-';

/**
 * `standing`, `keyStarts` and `trouble` as SQL.
 * @param lines joins SQL texts into one, a line for each
 * @param isRejectedLately a condition
 */
export function listedExpressions(
  column: (property: string) => string,
  lines: (parts: readonly string[]) => string,
  isRejectedLately: string,
): Readonly<Record<string, string>> {
  const start = (property: string) => `SUBSTR(${column(property)}, 1, ${KEY_START_LENGTH})`;
  const [rejected, failing] = [column('rejectedGeneration'), column('failingSince')];
  const trouble = lines([
    column('id'),
    `CASE WHEN ${rejected} = ${column('generation')} THEN '${YES}' ELSE '' END`,
    `CASE WHEN ${isRejectedLately} THEN '${YES}' ELSE '' END`,
    `COALESCE(${failing}, '')`,
  ]);
  const orNothing = (property: string) => `COALESCE(${column(property)}, '${NOTHING}')`;
  const standing = [
    `CASE WHEN ${column('refreshTokenEncrypted')} IS NULL THEN '' ELSE '${YES}' END`,
    `COALESCE(${column('generation')}, 0)`,
    // What matters less comes later: another program may have written a line feed into a text, which shifts those behind it.
    ...['status', 'configFingerprint', 'expiresAt', 'createdAt', 'doubt', 'statusReason'].map(orNothing),
  ];
  return {
    standing: lines(standing),
    keyStarts: lines([start('accessTokenEncrypted'), `COALESCE(${start('refreshTokenEncrypted')}, '')`]),
    trouble: `CASE WHEN ${rejected} IS NULL AND ${failing} IS NULL THEN NULL ELSE ${trouble} END`,
  };
}

export function listedToken(values: RowValues): ListedToken {
  const row = listedShape.row(values);
  const [refreshToken, generation, status, fingerprint, expiresAt, createdAt, doubt, reason] =
    row.standing.split('\n');
  // Each property by itself: with a rest, a list of ten accounts took twice as long.
  return {
    userId: row.userId,
    connectionName: row.connectionName,
    account: row.account,
    status: status ?? '',
    statusReason: unlessNothing(reason),
    doubt: unlessNothing(doubt),
    configFingerprint: unlessNothing(fingerprint),
    expiresAt: unlessNothing(expiresAt),
    createdAt: createdAt ?? '',
    generation: Number(generation),
    hasRefreshToken: refreshToken === YES,
    scopes: row.scopes,
    providerMetadata: row.providerMetadata,
    keyStarts: row.keyStarts,
    trouble: row.trouble,
  };
}

function unlessNothing(line: string | undefined): string | null {
  return line === undefined || line === NOTHING ? null : line;
}

/** The beginnings of both ciphertexts, as many characters as name the key; that of the refresh token is empty where there is none. */
export function keyStartsIn({ keyStarts }: ListedToken): {
  readonly access: string;
  readonly refresh: string;
} {
  // Another program may have written several lines: the last one is of the refresh token all the same.
  const end = keyStarts.lastIndexOf('\n');
  return { access: keyStarts.slice(0, end), refresh: keyStarts.slice(end + 1) };
}

const NONE: Trouble = { id: '', isRejected: false, isRejectedLately: false, failingSince: null };

export function troubleIn({ trouble }: ListedToken): Trouble {
  if (trouble === null) return NONE;
  const [id = '', rejected, lately, failingSince = ''] = trouble.split('\n');
  return {
    id,
    isRejected: rejected === YES,
    isRejectedLately: lately === YES,
    failingSince: failingSince === '' ? null : failingSince,
  };
}
