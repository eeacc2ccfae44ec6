/** The tokens of one user's account at one connection, encrypted, with what the refresh protocol needs. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../config/definition';
import { INSTANT_LENGTH, instant } from './instant';

/**
 * Entity of the table `user_connection_tokens`; one row for a user, a connection and an account. Only
 * `Connections` writes it.
 */
@Entity({ name: 'user_connection_tokens', synchronize: false })
@Index(['userId', 'connectionName', 'account'], { unique: true })
@Index(['connectionName'])
export class UserConnectionToken {
  /** UUID; an adopted row keeps the id it had. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** The host's user id, at most 255 characters, compared byte for byte. */
  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  /**
   * `name` of the connection, validated at run time; there is no foreign key, so a sync problem never becomes a login
   * problem.
   */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Which of the user's accounts at the provider, at most 255 characters; default `default`. */
  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  /** Access token (RFC 6749 section 1.4) as ciphertext. */
  @Column({ name: 'access_token_encrypted', type: 'text' })
  accessTokenEncrypted!: string;

  /** Refresh token (RFC 6749 section 1.5) as ciphertext; `null` when the provider gave none. */
  @Column({ name: 'refresh_token_encrypted', type: 'text', nullable: true })
  refreshTokenEncrypted!: string | null;

  /** `token_type` of the answer (RFC 6749 section 7.1), in any case; `null` when it had none. */
  @Column({ name: 'token_type', type: 'text', nullable: true })
  tokenType!: string | null;

  /** When the access token expires (`expires_in`, RFC 6749 section 5.1); `null` when it does not. */
  @Column({
    name: 'expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  expiresAt!: Date | null;

  /** Scopes granted, separated by spaces (RFC 6749 section 3.3); `null` when it is not known. */
  @Column({ name: 'scopes', type: 'text', nullable: true })
  scopes!: string | null;

  /** What the connection's `capture` kept of the answer and the callback; `null` when there is nothing. */
  @Column({ name: 'provider_metadata', type: 'simple-json', nullable: true })
  providerMetadata!: JsonObject | null;

  /** Generation of the tokens saved here, from 0; every save is a later one. */
  @Column({ name: 'generation', type: 'integer', default: 0 })
  generation!: number;

  /** Latest generation that a refresh has claimed, from 0; above `generation` while one is under way. */
  @Column({ name: 'claimed_generation', type: 'integer', default: 0 })
  claimedGeneration!: number;

  /** Until when that claim holds, by the database's clock; `null` when nothing is claimed. */
  @Column({
    name: 'lease_expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  leaseExpiresAt!: Date | null;

  /** `active`, or `reauthorization_required` once the provider has refused to refresh; default `active`. */
  @Column({ name: 'status', type: 'varchar', length: 32, default: 'active' })
  status!: string;

  /** Why the user has to authorize again; `null` while `status` is `active`. */
  @Column({ name: 'status_reason', type: 'text', nullable: true })
  statusReason!: string | null;

  /** Authorization server that issued the tokens (RFC 8414 section 2); `null` when it is not known. */
  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  /** Digest of the declaration that the tokens were issued under; `null` when they were adopted. */
  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  /** When the row was made. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** When its tokens were last saved or refused; re-encryption and renames leave it. */
  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
