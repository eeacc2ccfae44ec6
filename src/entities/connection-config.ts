/** One connection in the table: the synced copy of its declaration, without secrets. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject, OAuthOptions } from '../config/definition';
import type { ConnectionDeclaration } from '../config/document';
import { INSTANT_LENGTH, instant } from './instant';

/** How the provider differs from the RFCs, where access tokens go, and a reference to each secret, never the secret. */
export type StoredOAuthOptions = OAuthOptions & {
  /** Name of the environment variable that holds the client secret. */
  readonly client_secret_env?: string;
  /** Path of the file that holds it. */
  readonly client_secret_file?: string;
  /** Amazon Resource Name (ARN) of it, for a `resolveSecret` of the host's. */
  readonly client_secret_arn?: string;
  /** Origins to which the access token may be sent besides that of `url`. */
  readonly api_origins?: readonly string[];
  /** Headers of each request to the origins that get the access token: a text, or an object that says where it is. */
  readonly headers?: NonNullable<ConnectionDeclaration['headers']>;
};

/**
 * Entity of the table `connection_configs`; one row for each connection, identified by `name`. Only a sync writes it,
 * except for `enabled`, which an operator may set.
 */
@Entity({ name: 'connection_configs', synchronize: false })
@Index(['name'], { unique: true })
export class ConnectionConfig {
  /** UUID that never changes; an adopted row keeps the id that it had. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** Key of the entry in the document: at most 255 characters, unique, compared byte for byte. */
  @Column({ name: 'name', type: 'varchar', length: 255 })
  name!: string;

  /** Shown to people; `name` in words when the declaration has none. */
  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  /** Shown to people; `null` only in an adopted row that has not been synced yet. */
  @Column({ name: 'description', type: 'text', nullable: true })
  description!: string | null;

  /** http or https URL of the MCP server or API. */
  @Column({ name: 'url', type: 'text' })
  url!: string;

  /** A `Transport`, unless the row was edited by hand. */
  @Column({ name: 'transport', type: 'varchar', length: 32 })
  transport!: string;

  /** An `AuthType`, unless the row was edited by hand; `oauth2` unless the sync has other `authTypes`. */
  @Column({ name: 'auth_type', type: 'varchar', length: 32 })
  authType!: string;

  /** `client_id` (RFC 6749 section 2.2); `null` when a client is to be registered (RFC 7591). */
  @Column({ name: 'oauth_client_id', type: 'text', nullable: true })
  oauthClientId!: string | null;

  /** Authorization endpoint (RFC 6749 section 3.1); `null` when it is to be discovered (RFC 8414). */
  @Column({ name: 'oauth_authorize_url', type: 'text', nullable: true })
  oauthAuthorizeUrl!: string | null;

  /** Token endpoint (RFC 6749 section 3.2); `null` when it is to be discovered (RFC 8414). */
  @Column({ name: 'oauth_token_url', type: 'text', nullable: true })
  oauthTokenUrl!: string | null;

  /** Redirect URI (RFC 6749 section 3.1.2), an endpoint of the host's backend; `null` when none is declared. */
  @Column({ name: 'oauth_redirect_uri', type: 'text', nullable: true })
  oauthRedirectUri!: string | null;

  /** Declared scopes in their order, separated by one space (RFC 6749 section 3.3); `null` when there are none. */
  @Column({ name: 'oauth_scopes', type: 'text', nullable: true })
  oauthScopes!: string | null;

  /** The other fields of `oauth_config`, a reference to the client secret, `api_origins` and `headers`; `null` without any. */
  @Column({ name: 'oauth_options', type: 'simple-json', nullable: true })
  oauthOptions!: StoredOAuthOptions | null;

  /** http or https URL of an icon for a user interface; `null` when none is declared. */
  @Column({ name: 'icon_url', type: 'text', nullable: true })
  iconUrl!: string | null;

  /** Data of the host's, such as `cloud_id` and `site_url`, never a secret; `null` when there is none. */
  @Column({ name: 'extra_config', type: 'simple-json', nullable: true })
  extraConfig!: JsonObject | null;

  /** Whether the connection may be used; default true. A sync changes it only if the declaration has `enabled`. */
  @Column({ name: 'enabled', type: 'boolean' })
  enabled!: boolean;

  /** The source that the row belongs to (`SyncPlanOptions.source`); `null` in an adopted row that has none yet. */
  @Column({ name: 'managed_by', type: 'varchar', length: 255, nullable: true })
  managedBy!: string | null;

  /** When a sync found the connection no longer declared; `null` while it is declared. */
  @Column({
    name: 'removed_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  removedAt!: Date | null;

  /** When the row was created. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** When a sync last changed the row. */
  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
