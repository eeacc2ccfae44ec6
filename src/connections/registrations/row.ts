/** A registered client in the database: whose it is, how it is read, and how it is encrypted for its row. */
import { flag, RowShape, text } from '../../database/row-shape';
import type { RegisteredClient } from '../../oauth/registration-answer';
import type { CipherPlace, TokenCipher } from '../../tokens/cipher';

/** What a registration is for. */
export interface RegistrationKey {
  readonly connectionName: string;
  readonly issuer: string;
  readonly redirectUri: string;
}

export interface RegistrationRow extends RegistrationKey {
  /** Of a claim, and then of the client that was stored. */
  readonly id: string;
  /** Empty while a process registers the client. */
  readonly clientEncrypted: string;
  /** Whether the secret, or the lease of the process that registers, has expired. */
  readonly isOver: boolean;
  /** Whether it was stored or set aside within the last hour. */
  readonly isRecent: boolean;
}

export const registrationShape = new RowShape<RegistrationRow>({
  id: text,
  connectionName: text,
  issuer: text,
  redirectUri: text,
  clientEncrypted: text,
  isOver: flag,
  isRecent: flag,
});

/** Leaves room in the column for the suffix of a client that is set aside: `#` and the id of the row. */
export const MAX_REDIRECT_URI = 218;

/** The redirect URI of a client that is set aside. A redirect URI has no fragment: with one, no flow finds the row. */
export function redirectUriAside({ id, redirectUri }: Pick<RegistrationRow, 'id' | 'redirectUri'>): string {
  return isAside({ redirectUri }) ? redirectUri : `${redirectUri}#${id}`;
}

export function isAside({ redirectUri }: Pick<RegistrationKey, 'redirectUri'>): boolean {
  return redirectUri.includes('#');
}

/** Reads the rows that have these values, the latest first. */
export type ReadRegistrations = (
  where: Readonly<Partial<RegistrationKey>>,
) => Promise<readonly RegistrationRow[]>;

type Sealed = RegistrationKey & Pick<RegistrationRow, 'clientEncrypted'>;

/** Each client is encrypted for the connection, the issuer and the redirect URI of its row. */
export class RegistrationSeal {
  constructor(private readonly cipher: TokenCipher) {}

  close(client: RegisteredClient, key: RegistrationKey): Promise<string> {
    return Promise.resolve(this.cipher.encrypt(JSON.stringify(client), clientPlace(key)));
  }

  /** @throws ConnectionsError `key_unknown` or `ciphertext_invalid` */
  async open(row: Sealed): Promise<RegisteredClient> {
    return JSON.parse(await this.cipher.decrypt(row.clientEncrypted, clientPlace(row))) as RegisteredClient;
  }

  /**
   * The same client encrypted with the current key.
   * @param connectionName whose row it is for
   * @throws ConnectionsError `key_unknown` or `ciphertext_invalid`
   */
  async reencrypt(row: Sealed, connectionName = row.connectionName): Promise<string> {
    const client = await this.cipher.decrypt(row.clientEncrypted, clientPlace(row));
    return this.cipher.encrypt(client, clientPlace({ ...row, connectionName }));
  }

  isCurrent({ clientEncrypted }: Sealed): boolean {
    return this.cipher.isCurrent(clientEncrypted);
  }
}

/** Ignores the suffix of a client that is set aside, so that setting one aside needs no key to encrypt it again. */
function clientPlace({ connectionName, issuer, redirectUri }: RegistrationKey): CipherPlace {
  const row = [connectionName, issuer, redirectUri.replace(/#.*/, '')];
  return { table: 'connection_client_registrations', column: 'client_encrypted', row };
}
