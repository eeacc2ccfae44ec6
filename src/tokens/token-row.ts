/** A row of tokens as it is read and as it is written. */
import type { RowValues } from '../database/rows';
import type { ReauthorizationReason } from '../error-codes';
import type { AccountRef } from './account-ref';

/**
 * What a save writes; the texts of tokens are encrypted. `undefined` keeps what the column has, but never over the tokens
 * of an earlier authorization: those are of another grant.
 */
export interface TokenValues {
  readonly accessTokenEncrypted: string;
  readonly refreshTokenEncrypted: string | null | undefined;
  readonly tokenType: string | null;
  readonly scopes: string | null;
  /** ISO-8601 UTC. */
  readonly expiresAt: string | null;
  readonly providerMetadata: string | null | undefined;
  readonly issuer: string | null | undefined;
  readonly configFingerprint: string | null;
  /** Why the user has to connect again although these tokens are new; null for tokens that can be served. */
  readonly statusReason: ReauthorizationReason | null;
}

/** As much of a row as serving its access token takes. */
export interface ServedToken extends AccountRef {
  readonly id: string;
  readonly accessTokenEncrypted: string;
  readonly scopes: string | null;
  readonly expiresAt: string | null;
  readonly generation: number;
  readonly status: string;
  /** Why it is in that status; text that another program may have written. */
  readonly statusReason: string | null;
  readonly configFingerprint: string | null;
  /** When the tokens were saved. */
  readonly updatedAt: string;
  readonly hasRefreshToken: boolean;
}

/** A whole row. */
export interface StoredToken extends ServedToken {
  readonly refreshTokenEncrypted: string | null;
  readonly providerMetadata: string | null;
  readonly claimedGeneration: number;
  readonly createdAt: string;
  /** Whether the latest claim still holds, by the database's clock. */
  readonly isLeased: boolean;
  /** Whether its owner has ended it. */
  readonly isReleased: boolean;
}

export const keyColumns = ['userId', 'connectionName', 'account'] as const;

const servedColumns = [
  ...keyColumns,
  'id',
  'accessTokenEncrypted',
  'scopes',
  'expiresAt',
  'generation',
  'status',
  'statusReason',
  'configFingerprint',
  'updatedAt',
] as const;

/** What is read for a `ServedToken`, in this order: columns, then whether there is a refresh token. */
export const served = { columns: servedColumns, flags: ['hasRefreshToken'] } as const;

/** What is read for a `StoredToken`. */
export const stored = {
  columns: [...servedColumns, 'refreshTokenEncrypted', 'providerMetadata', 'claimedGeneration', 'createdAt'],
  flags: ['hasRefreshToken', 'isLeased', 'isReleased'],
} as const;

/** Written out: this is done for each token that is served. */
export function servedToken(values: RowValues): ServedToken {
  return {
    userId: values[0] as string,
    connectionName: values[1] as string,
    account: values[2] as string,
    id: values[3] as string,
    accessTokenEncrypted: values[4] as string,
    scopes: values[5] as string | null,
    expiresAt: values[6] as string | null,
    generation: Number(values[7]),
    status: values[8] as string,
    statusReason: values[9] as string | null,
    configFingerprint: values[10] as string | null,
    updatedAt: values[11] as string,
    hasRefreshToken: Number(values[12]) === 1,
  };
}

export function storedToken(values: RowValues): StoredToken {
  return {
    ...servedToken(values),
    refreshTokenEncrypted: values[12] as string | null,
    providerMetadata: values[13] as string | null,
    claimedGeneration: Number(values[14]),
    createdAt: values[15] as string,
    hasRefreshToken: Number(values[16]) === 1,
    isLeased: Number(values[17]) === 1,
    isReleased: Number(values[18]) === 1,
  };
}
