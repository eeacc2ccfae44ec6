/** One authorization in flight (RFC 6749 section 10.12): single use, minutes to live. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { INSTANT_LENGTH, instant } from './instant';

@Entity({ name: 'connection_oauth_states', synchronize: false })
@Index(['expiresAt'])
export class ConnectionOAuthState {
  /** SHA-256 of the `state` parameter, base64url: the table alone does not let anyone complete a flow. */
  @PrimaryColumn({ name: 'state', type: 'varchar', length: 64 })
  state!: string;

  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  /** PKCE code verifier (RFC 7636 section 4.1), encrypted. */
  @Column({ name: 'code_verifier', type: 'text', nullable: true })
  codeVerifier!: string | null;

  @Column({ name: 'redirect_uri', type: 'text', nullable: true })
  redirectUri!: string | null;

  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  @Column({ name: 'origin_host', type: 'text', nullable: true })
  originHost!: string | null;

  @Column({ name: 'return_to', type: 'text', nullable: true })
  returnTo!: string | null;

  @Column({ name: 'requested_scopes', type: 'text', nullable: true })
  requestedScopes!: string | null;

  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  /** SHA-256 of the cookie that ties the flow to one browser. */
  @Column({ name: 'browser_binding', type: 'varchar', length: 64, nullable: true })
  browserBinding!: string | null;

  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  @Column({ name: 'expires_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  expiresAt!: Date;
}
