/** The encrypted tokens of one account, with what the refresh protocol needs. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../config/definition';
import { INSTANT_LENGTH, instant } from './instant';

/**
 * Entity of the table `user_connection_tokens`; one row for each account: a user, a connection and an account name. Only
 * `Connections` writes it.
 */
@Entity({ name: 'user_connection_tokens', synchronize: false })
@Index(['userId', 'connectionName', 'account'], { unique: true })
@Index(['connectionName', 'id'])
// For finding tokens that expire soon; where the engine can, it covers only rows with a refresh token.
@Index(['status', 'expiresAt', 'id', 'connectionName'])
export class UserConnectionToken {
  /** UUID; an adopted row keeps the id that it had. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** The host's id of the user, at most 255 characters, compared byte for byte. */
  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  /**
   * `name` of the connection; there is no foreign key, so that tokens outlive a row of `connection_configs`.
   */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Name of the account, at most 255 characters; default `default`. */
  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  /** Access token (RFC 6749 section 1.4), encrypted. */
  @Column({ name: 'access_token_encrypted', type: 'text' })
  accessTokenEncrypted!: string;

  /** Refresh token (RFC 6749 section 1.5), encrypted; `null` when the provider issued none. */
  @Column({ name: 'refresh_token_encrypted', type: 'text', nullable: true })
  refreshTokenEncrypted!: string | null;

  /** `token_type` of the response (RFC 6749 section 7.1), in upper or lower case; `null` when it had none. */
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

  /** Granted scopes, separated by spaces (RFC 6749 section 3.3); `null` when they are not known. */
  @Column({ name: 'scopes', type: 'text', nullable: true })
  scopes!: string | null;

  /** What `capture` of the declaration took from the response and the callback; `null` when there is nothing. */
  @Column({ name: 'provider_metadata', type: 'simple-json', nullable: true })
  providerMetadata!: JsonObject | null;

  /** Generation of the saved tokens, from 0; each save has a higher one. */
  @Column({ name: 'generation', type: 'integer', default: 0 })
  generation!: number;

  /** Highest generation that a refresh has claimed, from 0; above `generation` while a refresh runs. */
  @Column({ name: 'claimed_generation', type: 'integer', default: 0 })
  claimedGeneration!: number;

  /** Lease: when that claim ends, by the database's clock; `null` when there is no claim. */
  @Column({
    name: 'lease_expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  leaseExpiresAt!: Date | null;

  /** `active`, or `reauthorization_required` when the tokens will never be refreshed again; default `active`. */
  @Column({ name: 'status', type: 'varchar', length: 32, default: 'active' })
  status!: string;

  /** Why the user has to connect again; `null` while `status` is `active`. */
  @Column({ name: 'status_reason', type: 'text', nullable: true })
  statusReason!: string | null;

  /** Why the user probably has to connect again, though the tokens are still tried; `null` when nothing says so. */
  @Column({ name: 'doubt', type: 'text', nullable: true })
  doubt!: string | null;

  /** Since when the provider has refused to refresh the tokens, by the database's clock; `null` when it has not. */
  @Column({
    name: 'refused_since',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  refusedSince!: Date | null;

  /** Since when no refresh of the tokens has succeeded, by the database's clock; `null` when the latest did. */
  @Column({
    name: 'failing_since',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  failingSince!: Date | null;

  /**
   * Equal to `generation`: an API rejects the saved access token. Lower: the saved tokens have replaced rejected ones. `null`: neither,
   * or the API has taken them since.
   */
  @Column({ name: 'rejected_generation', type: 'integer', nullable: true })
  rejectedGeneration!: number | null;

  /** When an API rejected tokens that a refresh had brought in place of rejected ones, by the database's clock; `null` when none has. */
  @Column({
    name: 'rejected_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  rejectedAt!: Date | null;

  /** Issuer of the authorization server that issued the tokens (RFC 8414 section 2); `null` when it is not known. */
  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  /** Digest of the declaration when the tokens were issued; `null` when they were adopted. */
  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  /** UUID of the grant that the tokens come from, which a refresh does not change; `null` when they were adopted. */
  @Column({ name: 'grant_id', type: 'varchar', length: 36, nullable: true })
  grantId!: string | null;

  /** When the authorization code was exchanged, by the database's clock; `null` when the tokens were imported or adopted. */
  @Column({
    name: 'granted_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  grantedAt!: Date | null;

  /** When the row was created. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** When the tokens were last saved or refused; re-encryption and renames do not change it. */
  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
