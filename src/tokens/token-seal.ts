/** Between tokens as they are used and the columns that keep them: the only place where either is turned into the other. */
import { toInstant } from '../entities/instant';
import type { IssuedTokens } from '../oauth/token-answer';
import type { CipherPlace, TokenCipher } from './cipher';
import type { TokenKey } from './token-key';
import type { ServedToken, StoredToken, TokenValues } from './token-row';

/** What tokens were issued under. */
export interface IssuedUnder {
  readonly issuer: string | null;
  readonly configFingerprint: string;
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
    const encrypted = this.encrypts(key);
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

  /**
   * The columns that have the same tokens under today's key of the cipher, for a row of that key.
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
   */
  async again(row: StoredToken, key: TokenKey = row): Promise<Record<string, string | null>> {
    const refreshToken = await this.openRefreshToken(row);
    const encrypted = this.encrypts(key);
    return {
      accessTokenEncrypted: await encrypted(await this.openAccessToken(row), 'access_token_encrypted'),
      refreshTokenEncrypted:
        refreshToken === null ? null : await encrypted(refreshToken, 'refresh_token_encrypted'),
    };
  }

  /** Whether both texts are of today's key. */
  isCurrent({ accessTokenEncrypted, refreshTokenEncrypted }: StoredToken): boolean {
    return [accessTokenEncrypted, refreshTokenEncrypted].every(
      (text) => text === null || this.cipher.isCurrent(text),
    );
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openAccessToken(row: ServedToken): Promise<string> {
    return this.cipher.decrypt(row.accessTokenEncrypted, placeOf(row, 'access_token_encrypted'));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async openRefreshToken(row: StoredToken): Promise<string | null> {
    if (row.refreshTokenEncrypted === null) return null;
    return this.cipher.decrypt(row.refreshTokenEncrypted, placeOf(row, 'refresh_token_encrypted'));
  }

  private encrypts(key: TokenKey) {
    return (text: string, column: SecretColumn) => this.cipher.encrypt(text, placeOf(key, column));
  }
}

function placeOf({ userId, connectionName, account }: TokenKey, column: SecretColumn): CipherPlace {
  return { table: 'user_connection_tokens', column, row: [userId, connectionName, account] };
}
