/** A client that an authorization server registered for us (RFC 7591), kept per issuer and redirect URI. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { INSTANT_LENGTH, instant } from './instant';

@Entity({ name: 'connection_client_registrations', synchronize: false })
@Index(['issuer', 'redirectUri'], { unique: true })
export class ConnectionClientRegistration {
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  @Column({ name: 'issuer', type: 'varchar', length: 255 })
  issuer!: string;

  @Column({ name: 'redirect_uri', type: 'varchar', length: 500 })
  redirectUri!: string;

  /** The registration's answer, its client secret included, encrypted. */
  @Column({ name: 'client_encrypted', type: 'text' })
  clientEncrypted!: string;

  /** RFC 7591 `client_secret_expires_at`; `null` when the secret does not expire. */
  @Column({
    name: 'expires_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  expiresAt!: Date | null;

  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
