/** A row of tokens as it is read and as it is written. */
import type { JsonObject } from '../config/definition';
import { count, flag, nullableCount, nullableText, RowShape, text } from '../database/row-shape';
import type { ReauthorizationReason } from '../error-codes';
import { parseObject } from '../oauth/json';
import type { AccountRef } from './account-ref';
import type { StoredGrant } from './put-protocol';

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

/** As much of a row as tells what can be done with its tokens, and serves its access token. */
export interface ServedToken extends AccountRef {
  readonly id: string;
  readonly accessTokenEncrypted: string;
  readonly scopes: string | null;
  readonly expiresAt: string | null;
  readonly generation: number;
  readonly status: string;
  /** Why it is in that status; text that another program may have written. */
  readonly statusReason: string | null;
  /** Why the user probably has to connect again; text that another program may have written. */
  readonly doubt: string | null;
  /** As the entity says. */
  readonly rejectedGeneration: number | null;
  /** Whether `rejectedAt` is less than an hour ago, by the database's clock. */
  readonly isRejectedLately: boolean;
  /** Authorization server (RFC 8414 section 2); null where it is not known. */
  readonly issuer: string | null;
  readonly configFingerprint: string | null;
  /** When the tokens were saved. */
  readonly updatedAt: string;
  readonly hasRefreshToken: boolean;
}

/** As much of a row as tells whether its tokens can be used. */
export type TokenStanding = Pick<
  ServedToken,
  'expiresAt' | 'generation' | 'status' | 'statusReason' | 'doubt' | 'configFingerprint' | 'hasRefreshToken'
>;

/** As much of a row as it takes to see whether its tokens can be refreshed, and where. */
export type DueToken = Omit<
  ServedToken,
  'accessTokenEncrypted' | 'scopes' | 'statusReason' | 'doubt' | 'rejectedGeneration' | 'isRejectedLately'
>;

/** What the tokens of a put come from. */
export interface Grant {
  /** UUID. */
  readonly id: string;
  /** When the authorization code was exchanged, ISO-8601 UTC by the database's clock; null for imported tokens. */
  readonly at: string | null;
}

/** A whole row. */
export interface StoredToken extends ServedToken, StoredGrant {
  readonly refreshTokenEncrypted: string | null;
  readonly providerMetadata: string | null;
  readonly claimedGeneration: number;
  readonly createdAt: string;
  /** Whether the latest claim still holds, by the database's clock. */
  readonly isLeased: boolean;
  /** Whether its owner has ended it. */
  readonly isReleased: boolean;
  /** Whether the provider refused to refresh the tokens long ago, by the database's clock, and none came since. */
  readonly isRefusedForLong: boolean;
}

/** As much of a row as encrypting its tokens again takes. */
export type SealedToken = Pick<
  StoredToken,
  keyof AccountRef | 'id' | 'accessTokenEncrypted' | 'refreshTokenEncrypted' | 'generation' | 'isLeased'
>;

/** As much of a row as deleting it takes, and revoking its tokens then. */
export type RevocableToken = Omit<SealedToken, 'isLeased'> &
  Pick<StoredToken, 'issuer' | 'configFingerprint' | 'grantId'>;

/** What identifies an account. */
export const keyProperties = ['userId', 'connectionName', 'account'] as const;

export const servedShape = new RowShape<ServedToken>({
  userId: text,
  connectionName: text,
  account: text,
  id: text,
  accessTokenEncrypted: text,
  scopes: nullableText,
  expiresAt: nullableText,
  generation: count,
  status: text,
  statusReason: nullableText,
  doubt: nullableText,
  rejectedGeneration: nullableCount,
  isRejectedLately: flag,
  issuer: nullableText,
  configFingerprint: nullableText,
  updatedAt: text,
  hasRefreshToken: flag,
});

const {
  accessTokenEncrypted: _text,
  scopes: _scopes,
  statusReason: _reason,
  doubt: _doubt,
  rejectedGeneration: _rejected,
  isRejectedLately: _lately,
  ...due
} = servedShape.columns;

export const dueShape = new RowShape<DueToken>(due);

export const storedShape = new RowShape<StoredToken>({
  ...servedShape.columns,
  refreshTokenEncrypted: nullableText,
  providerMetadata: nullableText,
  claimedGeneration: count,
  createdAt: text,
  grantId: nullableText,
  grantedAt: nullableText,
  isLeased: flag,
  isReleased: flag,
  isRefusedForLong: flag,
});

const { columns } = storedShape;

const sealed = {
  userId: columns.userId,
  connectionName: columns.connectionName,
  account: columns.account,
  id: columns.id,
  accessTokenEncrypted: columns.accessTokenEncrypted,
  refreshTokenEncrypted: columns.refreshTokenEncrypted,
  generation: columns.generation,
};

export const sealedShape = new RowShape<SealedToken>({ ...sealed, isLeased: columns.isLeased });

/** No condition on a clock, which a server reads for each row. */
export const revocableShape = new RowShape<RevocableToken>({
  ...sealed,
  issuer: columns.issuer,
  configFingerprint: columns.configFingerprint,
  grantId: columns.grantId,
});

/** The scopes of a row, as granted; none where they are not known. */
export function scopesOf({ scopes }: Pick<ServedToken, 'scopes'>): string[] {
  return (scopes ?? '').split(' ').filter((scope) => scope !== '');
}

/**
 * What stands in `provider_metadata`: a copy of its own, which may be changed; null for an absent one. Another program may have
 * written anything there: what is no JSON object counts as absent, since nothing that only accompanies tokens may keep them from
 * being saved or listed.
 */
export function storedMetadata(json: string | null): JsonObject | null {
  return json === null ? null : parseObject(json);
}

/** Whether an API has rejected the saved access token, and no other could be had. */
export function isRejected({
  generation,
  rejectedGeneration,
}: Pick<ServedToken, 'generation' | 'rejectedGeneration'>): boolean {
  return rejectedGeneration === generation;
}

/** Which tokens: a row has others in each generation. */
export type TokensId = Pick<ServedToken, 'id' | 'generation'>;

/** Names the saved tokens of a row: later ones have another. */
export function tokensKey({ id, generation }: TokensId): string {
  return `${id} ${generation}`;
}

/** What new tokens make of the status of a row, whatever it was before. */
export function statusOf({ statusReason }: TokenValues): 'active' | 'reauthorization_required' {
  return statusReason === null ? 'active' : 'reauthorization_required';
}

/** A row that was saved just now. */
export type SavedToken = StoredToken & Pick<TokenValues, 'statusReason'>;

/** What a save needs to know besides the values. */
export interface SaveOptions {
  /** When the tokens came, ISO-8601 UTC; default now. */
  readonly at: string;
  /** Whether they were asked for because an API had rejected those that they replace; default false. */
  readonly isAfterRejection: boolean;
}

/** A row as a save leaves it. */
export function savedOver(
  seen: StoredToken,
  claimed: number,
  values: TokenValues,
  { at, isAfterRejection }: SaveOptions,
): SavedToken {
  const refreshTokenEncrypted = values.refreshTokenEncrypted ?? seen.refreshTokenEncrypted;
  return {
    ...seen,
    ...values,
    refreshTokenEncrypted,
    providerMetadata: values.providerMetadata ?? seen.providerMetadata,
    issuer: values.issuer === undefined ? seen.issuer : values.issuer,
    generation: claimed,
    claimedGeneration: Math.max(seen.claimedGeneration, claimed),
    status: statusOf(values),
    doubt: null,
    isRefusedForLong: false,
    rejectedGeneration: isAfterRejection ? seen.generation : null,
    updatedAt: at,
    hasRefreshToken: refreshTokenEncrypted !== null,
  };
}
