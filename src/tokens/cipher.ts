/** What keeps a secret unreadable at rest: an interface, so that a key management service can stand behind it. */

/** Where a ciphertext is stored. It can be decrypted only there: a row that is copied to another user cannot be read. */
export interface CipherPlace {
  /** Logical name of the table, without the prefix that a host gives it. */
  readonly table: 'user_connection_tokens' | 'connection_oauth_states' | 'connection_client_registrations';
  /** Column, such as `access_token_encrypted`. */
  readonly column: string;
  /** What the text is bound to: of a token the user id, the connection name and the account; of a flow all that it began with. */
  readonly row: readonly string[];
}

/** Encrypts what is stored, and decrypts it. `keyRing` makes one; a host may write its own. */
export interface TokenCipher {
  /**
   * Encrypts a text for one place.
   * @param plaintext any text
   * @param place where the result will be stored
   * @returns a text without line breaks
   */
  encrypt(plaintext: string, place: CipherPlace): string | Promise<string>;
  /**
   * Decrypts a text that was encrypted for that place.
   * @param ciphertext the value of the column
   * @param place where it is stored
   * @throws ConnectionsError `key_unknown` when this process does not have the key, `ciphertext_invalid` when the text was
   * changed, cut short or copied from another place
   */
  decrypt(ciphertext: string, place: CipherPlace): string | Promise<string>;
  /**
   * Whether `encrypt` would use the same key and format today; `reencrypt` rewrites what is not current.
   * @param ciphertext the value of the column
   */
  isCurrent(ciphertext: string): boolean;
  /**
   * Whether this process has the key of a text, as far as its beginning tells: `list` shows by it which accounts wait for a key.
   * Default: it is assumed.
   * @param start the first 49 characters of the column, or all of a shorter text
   */
  hasKeyOf?: ((start: string) => boolean) | undefined;
  /**
   * What every text of `encrypt` begins with, given only while `decrypt` also accepts legacy formats, which begin otherwise:
   * rows in those are then counted, and warnings say how many there are. Default none.
   */
  readonly ownPrefix?: string | undefined;
}

/** A format of another program that a key ring can still decrypt. */
export interface LegacyFormat {
  /**
   * Whether a text looks like this format.
   * @param ciphertext the value of the column
   */
  recognizes(ciphertext: string): boolean;
  /**
   * Decrypts a text that `recognizes` accepts.
   * @param ciphertext the value of the column
   * @throws ConnectionsError `ciphertext_invalid`
   */
  open(ciphertext: string): string;
}
