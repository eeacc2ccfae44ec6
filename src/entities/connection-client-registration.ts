/** A client that an authorization server has registered for this host (RFC 7591). */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { INSTANT_LENGTH, instant } from './instant';

/**
 * Entity of the table `connection_client_registrations`; one row for a connection, an issuer and a redirect URI. A row is
 * written when a connection declares no `client_id` and its authorization server registers a client; later flows of that
 * connection use the same client, unless they need more than it was registered for.
 */
@Entity({ name: 'connection_client_registrations', synchronize: false })
@Index(['connectionName', 'issuer', 'redirectUri'], { unique: true })
export class ConnectionClientRegistration {
  /** UUID; another one when another client takes the place of this one. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** The connection whose client it is; no other uses it. */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Issuer identifier of the authorization server (RFC 8414 section 2), at most 255 characters. */
  @Column({ name: 'issuer', type: 'varchar', length: 255 })
  issuer!: string;

  /**
   * The redirect URI that was registered (RFC 7591 section 2), at most 218 characters. It ends in `#` and the id when the client
   * has been set aside: because its server has forgotten it, because another was registered for more, or because a rename put it beside
   * another client with that redirect URI. No flow uses such a client, but it still refreshes the tokens that were issued to it.
   */
  @Column({ name: 'redirect_uri', type: 'varchar', length: 255 })
  redirectUri!: string;

  /**
   * Response of the registration (RFC 7591 section 3.2.1) with its client secret, and what was asked for, encrypted; empty while
   * a process registers the client.
   */
  @Column({ name: 'client_encrypted', type: 'text' })
  clientEncrypted!: string;

  /**
   * `client_secret_expires_at` (RFC 7591 section 3.2.1), `null` when the secret does not expire; while a process registers
   * the client, the time from which another process may.
   */
  @Column({
    name: 'expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  expiresAt!: Date | null;

  /** When this client was registered. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** When the row was last written. */
  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
