/** Encrypts tokens into the columns that store them, and decrypts them: the only place that does either. */
import type { JsonObject } from '../config/definition';
import { toInstant } from '../entities/instant';
import { ConnectionsError } from '../errors';
import { type IssuedTokens, isBearer } from '../oauth/token-answer';
import type { CipherPlace, TokenCipher } from './cipher';
import type { AccountRef } from './account-ref';
import { storedMetadata } from './token-row';
import type { SealedToken, ServedToken, TokenValues } from './token-row';

/** What tokens were issued under. */
export interface IssuedUnder {
  readonly issuer: string | null;
  readonly configFingerprint: string;
}

export type TokenPair = Pick<IssuedTokens, 'accessToken' | 'refreshToken'>;

/** Of many rows: a key management service is asked about so many at the same time. */
export const SEALED_AT_A_TIME = 8;

type SecretColumn = 'access_token_encrypted' | 'refresh_token_encrypted';

/** As much of a row as its access token is bound to. */
export type SealedAccess = AccountRef & Pick<ServedToken, 'accessTokenEncrypted'>;

type SealedPair = SealedAccess & Pick<SealedToken, 'refreshTokenEncrypted'>;

export class TokenSeal {
  constructor(private readonly cipher: TokenCipher) {}

  /**
   * @param requested the scopes, when the answer names none
   * @param before stored metadata, which fields of the answer replace by name
   * @throws ConnectionsError `tokens_invalid` for a token that is too long for its column
   */
  async close(
    ref: AccountRef,
    tokens: IssuedTokens,
    under: IssuedUnder,
    requested: string | null,
    before: string | null = null,
  ): Promise<TokenValues> {
    requireFit(tokens);
    const { accessToken, refreshToken, tokenType, scopes, expiresAt, providerMetadata } = tokens;
    const encrypted = this.encrypts(ref);
    return {
      ...under,
      accessTokenEncrypted: await encrypted(accessToken, 'access_token_encrypted'),
      refreshTokenEncrypted:
        refreshToken === undefined ? undefined : await encrypted(refreshToken, 'refresh_token_encrypted'),
      tokenType: storable(tokenType, MAX_TOKEN_TYPE),
      scopes: scopes === undefined ? requested : storable(scopes.join(' '), MAX_SCOPES),
      expiresAt: expiresAt === null ? null : toInstant(expiresAt),
      providerMetadata: providerMetadata === undefined ? undefined : mergeMetadata(before, providerMetadata),
      statusReason: isBearer(tokens) ? null : 'token_unusable',
    };
  }

  /**
   * The same tokens encrypted with the current key, for a row of that account.
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
   */
  async reencrypt(row: SealedToken, ref: AccountRef = row): Promise<Record<string, string | null>> {
    const { accessToken, refreshToken } = await this.openBoth(row);
    const encrypted = this.encrypts(ref);
    return {
      accessTokenEncrypted: await encrypted(accessToken, 'access_token_encrypted'),
      refreshTokenEncrypted:
        refreshToken === undefined ? null : await encrypted(refreshToken, 'refresh_token_encrypted'),
    };
  }

  /** Whether both tokens are encrypted with the current key. */
  isCurrent({ accessTokenEncrypted, refreshTokenEncrypted }: SealedToken): boolean {
    return [accessTokenEncrypted, refreshTokenEncrypted].every(
      (text) => text === null || this.cipher.isCurrent(text),
    );
  }

  /** Whether this process has the key of a token, as far as is known. */
  hasKeyOf(start: string): boolean {
    return this.cipher.hasKeyOf?.(start) ?? true;
  }

  /**
   * A promise only where the cipher gives one.
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
   */
  openAccessToken(row: SealedAccess): string | Promise<string> {
    return this.cipher.decrypt(row.accessTokenEncrypted, columnPlace(row, 'access_token_encrypted'));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openRefreshToken(row: SealedPair): Promise<string | null> {
    if (row.refreshTokenEncrypted === null) return null;
    return this.cipher.decrypt(row.refreshTokenEncrypted, columnPlace(row, 'refresh_token_encrypted'));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openBoth(row: SealedPair): Promise<TokenPair> {
    const refreshToken = (await this.openRefreshToken(row)) ?? undefined;
    return { accessToken: await this.openAccessToken(row), refreshToken };
  }

  private encrypts(ref: AccountRef) {
    return (text: string, column: SecretColumn) => this.cipher.encrypt(text, columnPlace(ref, column));
  }
}

function columnPlace({ userId, connectionName, account }: AccountRef, column: SecretColumn): CipherPlace {
  return { table: 'user_connection_tokens', column, row: [userId, connectionName, account] };
}

/** Characters; as ciphertext it is half as long again, and a column of some engines holds 65,535 bytes. */
const MAX_TOKEN = 40_000;
const MAX_TOKEN_TYPE = 255;
const MAX_SCOPES = 16_000;
const MAX_METADATA = 60_000;

/** A field that only accompanies a token must not prevent the token from being saved. */
function storable(text: string | null, most: number): string | null {
  return text === null || text.includes('\0') || Buffer.byteLength(text) > most ? null : text;
}

/** Merges new fields into the stored ones; keeps only the new ones when both together do not fit into the column. */
function mergeMetadata(before: string | null, providerMetadata: JsonObject): string | null {
  return metadataText({ ...storedMetadata(before), ...providerMetadata }) ?? metadataText(providerMetadata);
}

function metadataText(providerMetadata: JsonObject): string | null {
  try {
    // JSON writes a NUL as six characters.
    return storable(JSON.stringify(providerMetadata), MAX_METADATA);
  } catch {
    // Nested too deeply for JSON.stringify.
    return null;
  }
}

/** @throws ConnectionsError `tokens_invalid` for a token that is too long for its column */
export function requireFit({ accessToken, refreshToken }: TokenPair): void {
  if (Math.max(accessToken.length, refreshToken?.length ?? 0) <= MAX_TOKEN) return;
  throw new ConnectionsError(
    'tokens_invalid',
    `A token has more than ${MAX_TOKEN} characters, which is more than its column holds. Nothing was stored.`,
  );
}
