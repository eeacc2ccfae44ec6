/** A cipher that says which account stores which access token: so a test may speak of accounts to a provider, which knows none. */
import type { AccountRef } from '../tokens/account-ref';
import type { TokenCipher } from '../tokens/cipher';

/** @param onStored told of each access token before it is stored */
export function observedCipher(
  cipher: TokenCipher,
  onStored: (accessToken: string, ref: AccountRef) => void,
): TokenCipher {
  return {
    encrypt(plaintext, place) {
      const { table, column, row } = place;
      const [userId, connectionName, account] = row;
      const isAccessToken = table === 'user_connection_tokens' && column === 'access_token_encrypted';
      if (isAccessToken && userId !== undefined && connectionName !== undefined && account !== undefined)
        onStored(plaintext, { userId, connectionName, account });
      return cipher.encrypt(plaintext, place);
    },
    decrypt: (ciphertext, place) => cipher.decrypt(ciphertext, place),
    isCurrent: (ciphertext) => cipher.isCurrent(ciphertext),
    hasKeyOf: cipher.hasKeyOf && ((start) => cipher.hasKeyOf?.(start) ?? true),
    ownPrefix: cipher.ownPrefix,
  };
}
