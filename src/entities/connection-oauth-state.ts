/** One authorization in flight (RFC 6749 section 10.12): single use, minutes to live. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { INSTANT_LENGTH, instant } from './instant';

/**
 * Entity of the table `connection_oauth_states`; one row for a user who was sent to a provider and is not back yet.
 * What nobody comes back for is swept.
 */
@Entity({ name: 'connection_oauth_states', synchronize: false })
@Index(['expiresAt'])
export class ConnectionOAuthState {
  /** SHA-256 of the `state` parameter, base64url: the table alone does not let anyone complete a flow. */
  @PrimaryColumn({ name: 'state', type: 'varchar', length: 64 })
  state!: string;

  /** The host's id of the user who began, at most 255 characters, compared byte for byte. */
  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  /** The connection that is being authorized; validated at run time, without a foreign key. */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Account that the tokens will be kept under, at most 255 characters; default `default`. */
  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  /** PKCE code verifier (RFC 7636 section 4.1), encrypted; `null` where PKCE is off. */
  @Column({ name: 'code_verifier', type: 'text', nullable: true })
  codeVerifier!: string | null;

  /**
   * `redirect_uri` of the request, which the token request repeats (RFC 6749 section 4.1.3); `null` when it had none.
   */
  @Column({ name: 'redirect_uri', type: 'text', nullable: true })
  redirectUri!: string | null;

  /**
   * Authorization server that the user was sent to, to hold against `iss` (RFC 9207); `null` when it is not known.
   */
  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  /** Host name under which the user reached the service, as in `app.example.com`; `null` when it was not recorded. */
  @Column({ name: 'origin_host', type: 'text', nullable: true })
  originHost!: string | null;

  /**
   * Where the user goes once the flow has ended, at an origin that the host allows; `null` when nowhere was named.
   */
  @Column({ name: 'return_to', type: 'text', nullable: true })
  returnTo!: string | null;

  /** Scopes that were asked for, separated by one space (RFC 6749 section 3.3); `null` when none were. */
  @Column({ name: 'requested_scopes', type: 'text', nullable: true })
  requestedScopes!: string | null;

  /**
   * Digest of the connection's declaration when the flow began, to notice one that changed meanwhile; `null` when
   * none was taken.
   */
  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  /** SHA-256 of the cookie that ties the flow to one browser; `null` when the user's session does. */
  @Column({ name: 'browser_binding', type: 'varchar', length: 64, nullable: true })
  browserBinding!: string | null;

  /** When the user was sent to the provider. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** After this the state is refused and the row may go; minutes after `createdAt`. */
  @Column({ name: 'expires_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  expiresAt!: Date;
}
