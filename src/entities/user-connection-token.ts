/** The tokens of one user's account at one connection, encrypted, with what the refresh protocol needs. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject } from '../config/definition';
import { INSTANT_LENGTH, instant } from './instant';

@Entity({ name: 'user_connection_tokens', synchronize: false })
@Index(['userId', 'connectionName', 'account'], { unique: true })
@Index(['connectionName'])
export class UserConnectionToken {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** The host's user id, compared byte for byte. */
  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  /** Validated at run time; there is no foreign key, so a sync problem never becomes a login problem. */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Which of the user's accounts at the provider. */
  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  @Column({ name: 'access_token_encrypted', type: 'text' })
  accessTokenEncrypted!: string;

  @Column({ name: 'refresh_token_encrypted', type: 'text', nullable: true })
  refreshTokenEncrypted!: string | null;

  @Column({ name: 'token_type', type: 'text', nullable: true })
  tokenType!: string | null;

  /** `null` when the token does not expire. */
  @Column({
    name: 'expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  expiresAt!: Date | null;

  @Column({ name: 'scopes', type: 'text', nullable: true })
  scopes!: string | null;

  @Column({ name: 'provider_metadata', type: 'simple-json', nullable: true })
  providerMetadata!: JsonObject | null;

  /** Generation of the tokens saved here; every save is a later one. */
  @Column({ name: 'generation', type: 'integer', default: 0 })
  generation!: number;

  /** Latest generation that a refresh has claimed. */
  @Column({ name: 'claimed_generation', type: 'integer', default: 0 })
  claimedGeneration!: number;

  /** Until when that claim holds, by the database's clock. */
  @Column({
    name: 'lease_expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  leaseExpiresAt!: Date | null;

  /** `active` or `reauthorization_required`. */
  @Column({ name: 'status', type: 'varchar', length: 32, default: 'active' })
  status!: string;

  @Column({ name: 'status_reason', type: 'text', nullable: true })
  statusReason!: string | null;

  /** Authorization server that issued the tokens (RFC 8414 section 2). */
  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  /** Of the configuration that the tokens were issued under; `null` when they were adopted. */
  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
