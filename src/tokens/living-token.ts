/**
 * A token that can be served as it is, read in three columns: for each token served, a column costs a driver more than the text in it.
 * All but the scopes and the ciphertext is joined into one text, a line for each part, beginning with the lines of the key.
 */
import { nullableText, RowShape, text } from '../database/row-shape';
import type { RowValues } from '../database/statement';
import type { AccountRef } from './account-ref';
import { keyProperties } from './token-row';

/** As much of a row as serving its access token takes while nothing is to be done about it. */
export interface LivingToken extends AccountRef {
  readonly accessTokenEncrypted: string;
  readonly scopes: string | null;
  readonly expiresAt: string | null;
  readonly updatedAt: string;
  /** The fingerprint of active tokens; empty for those that another program left. */
  readonly issuedUnder: string;
  /** Whether an API has rejected the tokens, or those before them: more has to be known to tell that it takes these. */
  readonly wasRejected: boolean;
}

interface LivingRow {
  /** Null where another program left a part of it empty. */
  readonly lines: string | null;
  readonly accessTokenEncrypted: string;
  readonly scopes: string | null;
}

export const livingShape = new RowShape<LivingRow>({
  lines: nullableText,
  accessTokenEncrypted: text,
  scopes: nullableText,
});

const LINES = keyProperties.length + 4;

/** In place of a fingerprint: more has to be known. */
const NOT_ACTIVE = '-';
/** Where an API has rejected the tokens, or those before them. */
const REJECTED = 'rejected';
/** In place of an instant. */
const NEVER = 'never';

/** The parts of `lines` as SQL, in their order. */
export function lineParts(column: (property: string) => string): string[] {
  const fingerprint = column('configFingerprint');
  const isOfOthers = `${fingerprint} IS NULL AND ${column('generation')} = 0`;
  const without = `CASE WHEN ${isOfOthers} THEN '' ELSE '${NOT_ACTIVE}' END`;
  // An empty fingerprint says nothing, and must not pass for the absent one of another program's tokens.
  const issuedUnder = `COALESCE(NULLIF(${fingerprint}, ''), ${without})`;
  return [
    ...keyProperties.map(column),
    `COALESCE(${column('expiresAt')}, '${NEVER}')`,
    column('updatedAt'),
    `CASE WHEN ${column('status')} = 'active' THEN ${issuedUnder} ELSE '${NOT_ACTIVE}' END`,
    `CASE WHEN ${column('rejectedGeneration')} IS NULL THEN '' ELSE '${REJECTED}' END`,
  ];
}

/** Whether lines can hold a key, so that equal lines are equal keys. */
export function fitsInLines({ userId, connectionName, account }: AccountRef): boolean {
  return !(userId.includes('\n') || connectionName.includes('\n') || account.includes('\n'));
}

/** @returns null where the whole row has to be read */
export function livingToken(values: RowValues, ref: AccountRef): LivingToken | null {
  const { lines, accessTokenEncrypted, scopes } = livingShape.row(values);
  const parts = lines?.split('\n') ?? [];
  const [, , , expiresAt = NEVER, updatedAt = '', issuedUnder = NOT_ACTIVE, rejection] = parts;
  if (parts.length !== LINES || issuedUnder === NOT_ACTIVE) return null;
  const { userId, connectionName, account } = ref;
  return {
    userId,
    connectionName,
    account,
    accessTokenEncrypted,
    scopes,
    expiresAt: expiresAt === NEVER ? null : expiresAt,
    updatedAt,
    issuedUnder,
    wasRejected: rejection === REJECTED,
  };
}
