/** Between tokens as they are used and the columns that keep them: the only place where either is turned into the other. */
import { toInstant } from '../entities/instant';
import type { JsonObject } from '../config/definition';
import type { CipherPlace, TokenCipher } from './cipher';
import type { TokenKey } from './token-key';
import type { StoredToken, TokenValues } from './token-table';

/** What a token endpoint answered (RFC 6749 section 5.1). */
export interface IssuedTokens {
  readonly accessToken: string;
  /** `undefined` when the answer has none: then the one before stays in use (RFC 6749 section 6). */
  readonly refreshToken: string | undefined;
  readonly tokenType: string | null;
  /** As granted; `undefined` when the answer does not say, which means as requested. */
  readonly scopes: readonly string[] | undefined;
  /** `null` for a token that does not expire. */
  readonly expiresAt: Date | null;
  /** Captured fields of the answer; `undefined` keeps those that are there. */
  readonly providerMetadata: JsonObject | undefined;
}

/** What tokens were issued under. */
export interface IssuedUnder {
  readonly issuer: string | null;
  readonly configFingerprint: string | null;
}

type SecretColumn = 'access_token_encrypted' | 'refresh_token_encrypted';

export class TokenSeal {
  constructor(private readonly cipher: TokenCipher) {}

  /** @param requested scopes that hold when the answer names none */
  async close(
    key: TokenKey,
    tokens: IssuedTokens,
    under: IssuedUnder,
    requested: string | null,
  ): Promise<TokenValues> {
    const { accessToken, refreshToken, tokenType, scopes, expiresAt, providerMetadata } = tokens;
    const encrypted = (text: string, column: SecretColumn) => this.cipher.encrypt(text, placeOf(key, column));
    return {
      ...under,
      accessTokenEncrypted: await encrypted(accessToken, 'access_token_encrypted'),
      refreshTokenEncrypted:
        refreshToken === undefined ? undefined : await encrypted(refreshToken, 'refresh_token_encrypted'),
      tokenType,
      scopes: scopes === undefined ? requested : scopes.join(' '),
      expiresAt: expiresAt === null ? null : toInstant(expiresAt),
      providerMetadata: providerMetadata === undefined ? undefined : JSON.stringify(providerMetadata),
    };
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openAccessToken(row: StoredToken): Promise<string> {
    return this.cipher.decrypt(row.accessTokenEncrypted, placeOf(row, 'access_token_encrypted'));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openRefreshToken(row: StoredToken): Promise<string | null> {
    if (row.refreshTokenEncrypted === null) return null;
    return this.cipher.decrypt(row.refreshTokenEncrypted, placeOf(row, 'refresh_token_encrypted'));
  }
}

function placeOf({ userId, connectionName, account }: TokenKey, column: SecretColumn): CipherPlace {
  return { table: 'user_connection_tokens', column, row: [userId, connectionName, account] };
}
