/** What keeps a secret unreadable at rest: an interface, so that a KMS or another program's format can stand behind it. */

/** Where a text stands. It opens there and nowhere else: a row copied to another user does not open. */
export interface CipherPlace {
  /** Logical name of the table, whatever prefix the host gives it. */
  readonly table: 'user_connection_tokens' | 'connection_oauth_states' | 'connection_client_registrations';
  /** Column, as in `access_token_encrypted`. */
  readonly column: string;
  /** What tells the row from all others: user id, connection name and account of a token. */
  readonly row: readonly string[];
}

/** Encrypts what is stored and opens it again; `keyRing` gives one, a host may give its own. */
export interface TokenCipher {
  /**
   * @param plaintext any text
   * @param place where the result will stand
   * @returns a text without line breaks
   */
  encrypt(plaintext: string, place: CipherPlace): string | Promise<string>;
  /**
   * @param ciphertext as it stands in the column
   * @param place where it stands
   * @throws ConnectionsError `key_unknown` when this process lacks the key, `ciphertext_invalid` when the text was
   * changed, cut short or copied from elsewhere
   */
  decrypt(ciphertext: string, place: CipherPlace): string | Promise<string>;
  /**
   * Whether `encrypt` would use the same key and format today; what is not current is what `reencrypt` rewrites.
   * @param ciphertext as it stands in the column
   */
  isCurrent(ciphertext: string): boolean;
}
