/** One flow that has not ended (RFC 6749 section 10.12); its state works once, and only for minutes. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { INSTANT_LENGTH, instant } from './instant';

/**
 * Entity of the table `connection_oauth_states`; one row for each user who was sent to a provider and whose tokens are not
 * saved yet. Expired rows are deleted.
 */
@Entity({ name: 'connection_oauth_states', synchronize: false })
@Index(['expiresAt'])
@Index(['userId', 'expiresAt'])
export class ConnectionOAuthState {
  /** SHA-256 of the `state` parameter in base64url, so that reading the table is not enough to complete a flow. */
  @PrimaryColumn({ name: 'state', type: 'varchar', length: 64 })
  state!: string;

  /** The host's id of the user who started the flow, at most 255 characters, compared byte for byte. */
  @Column({ name: 'user_id', type: 'varchar', length: 255 })
  userId!: string;

  /** `name` of the connection that is being authorized; there is no foreign key. */
  @Column({ name: 'connection_name', type: 'varchar', length: 255 })
  connectionName!: string;

  /** Account that the tokens will be saved for, at most 255 characters; default `default`. */
  @Column({ name: 'account', type: 'varchar', length: 255, default: 'default' })
  account!: string;

  /**
   * PKCE code verifier (RFC 7636 section 4.1), encrypted and bound to the rest of the row except its times; `null` only in a row
   * of another program.
   */
  @Column({ name: 'code_verifier', type: 'text', nullable: true })
  codeVerifier!: string | null;

  /**
   * `redirect_uri` of the authorization request, which the token request repeats (RFC 6749 section 4.1.3); `null` only
   * in a row of another program.
   */
  @Column({ name: 'redirect_uri', type: 'text', nullable: true })
  redirectUri!: string | null;

  /**
   * Issuer of the authorization server that the user was sent to, for comparison with `iss` (RFC 9207); `null` when it is
   * not known.
   */
  @Column({ name: 'issuer', type: 'text', nullable: true })
  issuer!: string | null;

  /** Host name under which the user reached the host, such as `app.example.com`; `null` when it is not known. */
  @Column({ name: 'origin_host', type: 'text', nullable: true })
  originHost!: string | null;

  /**
   * `returnTo` of `authorize`: where the user goes when the flow has ended; `null` when there was none.
   */
  @Column({ name: 'return_to', type: 'text', nullable: true })
  returnTo!: string | null;

  /** Requested scopes, separated by one space (RFC 6749 section 3.3); `null` when there were none. */
  @Column({ name: 'requested_scopes', type: 'text', nullable: true })
  requestedScopes!: string | null;

  /**
   * Digest of the declaration when the flow began, to notice a declaration that changes before it ends; `null` in a row
   * of another program.
   */
  @Column({ name: 'config_fingerprint', type: 'varchar', length: 64, nullable: true })
  configFingerprint!: string | null;

  /** SHA-256 of the cookie that binds the flow to one browser, and of the state; `null` when it is bound to the user. */
  @Column({ name: 'browser_binding', type: 'varchar', length: 64, nullable: true })
  browserBinding!: string | null;

  /** UUID of the grant that this flow becomes, once the user has come back with a callback; `null` until then. */
  @Column({ name: 'grant_id', type: 'varchar', length: 36, nullable: true })
  grantId!: string | null;

  /** When the user was sent to the provider. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** From when the state is refused and the row may be deleted, ten minutes after `createdAt`; ten minutes later once it was taken. */
  @Column({ name: 'expires_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  expiresAt!: Date;
}
