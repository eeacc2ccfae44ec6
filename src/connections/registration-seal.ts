/** How registered clients are encrypted: each for the connection, the issuer and the redirect URI of its row. */
import type { RegisteredClient } from '../oauth/registration-answer';
import type { CipherPlace, TokenCipher } from '../tokens/cipher';
import type { RegistrationKey, RegistrationRow } from './registration-table';

type Sealed = RegistrationKey & Pick<RegistrationRow, 'clientEncrypted'>;

export class RegistrationSeal {
  constructor(private readonly cipher: TokenCipher) {}

  close(client: RegisteredClient, key: RegistrationKey): Promise<string> {
    return Promise.resolve(this.cipher.encrypt(JSON.stringify(client), placeOf(key)));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async open(row: Sealed): Promise<RegisteredClient> {
    return JSON.parse(await this.cipher.decrypt(row.clientEncrypted, placeOf(row))) as RegisteredClient;
  }

  /**
   * The same client encrypted with the current key.
   * @param connectionName whose row it is for
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
   */
  async again(row: Sealed, connectionName = row.connectionName): Promise<string> {
    const text = await this.cipher.decrypt(row.clientEncrypted, placeOf(row));
    return this.cipher.encrypt(text, placeOf({ ...row, connectionName }));
  }

  isCurrent({ clientEncrypted }: Sealed): boolean {
    return this.cipher.isCurrent(clientEncrypted);
  }
}

/** Without the mark of a client that is set aside, so that it needs no key to set one aside. */
function placeOf({ connectionName, issuer, redirectUri }: RegistrationKey): CipherPlace {
  const row = [connectionName, issuer, redirectUri.replace(/#.*/, '')];
  return { table: 'connection_client_registrations', column: 'client_encrypted', row };
}
