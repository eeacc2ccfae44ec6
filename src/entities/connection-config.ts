/** One declared connection, as the table holds it: the synced copy of the configuration. Never a secret. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject, OAuthOptions } from '../config/definition';
import { INSTANT_LENGTH, instant } from './instant';

/** Quirks of the provider, and where the client secret is kept: a reference, never the secret. */
export type StoredOAuthOptions = OAuthOptions & {
  /** Name of the environment variable that holds the client secret. */
  readonly client_secret_env?: string;
  /** Path of the file that holds it. */
  readonly client_secret_file?: string;
  /** Amazon Resource Name under which a resolver of the host's finds it. */
  readonly client_secret_arn?: string;
};

/**
 * Entity of the table `connection_configs`; one row for a connection, found by `name`. Only a sync writes it, but for
 * `enabled`, which an operator may set.
 */
@Entity({ name: 'connection_configs', synchronize: false })
@Index(['name'], { unique: true })
export class ConnectionConfig {
  /** UUID, given once and never replaced; an adopted row keeps the id it had. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** Key of the entry in the document: at most 255 characters, unique, compared byte for byte. */
  @Column({ name: 'name', type: 'varchar', length: 255 })
  name!: string;

  /** For people; the name in words when the declaration has none. */
  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  /** For people; `null` only in an adopted row that has not been synced. */
  @Column({ name: 'description', type: 'text', nullable: true })
  description!: string | null;

  /** Address of the MCP server or API: http or https. */
  @Column({ name: 'url', type: 'text' })
  url!: string;

  /** A `Transport`, unless the row was edited by hand. */
  @Column({ name: 'transport', type: 'varchar', length: 32 })
  transport!: string;

  /** An `AuthType`, unless the row was edited by hand; `oauth2` unless the sync was told otherwise. */
  @Column({ name: 'auth_type', type: 'varchar', length: 32 })
  authType!: string;

  /** `client_id` (RFC 6749 section 2.2); `null` leaves it to registration (RFC 7591). */
  @Column({ name: 'oauth_client_id', type: 'text', nullable: true })
  oauthClientId!: string | null;

  /** Authorization endpoint (RFC 6749 section 3.1); `null` leaves it to discovery (RFC 8414). */
  @Column({ name: 'oauth_authorize_url', type: 'text', nullable: true })
  oauthAuthorizeUrl!: string | null;

  /** Token endpoint (RFC 6749 section 3.2); `null` leaves it to discovery (RFC 8414). */
  @Column({ name: 'oauth_token_url', type: 'text', nullable: true })
  oauthTokenUrl!: string | null;

  /** Redirect URI at the host's backend (RFC 6749 section 3.1.2); `null` when not declared. */
  @Column({ name: 'oauth_redirect_uri', type: 'text', nullable: true })
  oauthRedirectUri!: string | null;

  /** Scopes separated by one space (RFC 6749 section 3.3), in the order declared; `null` asks for none. */
  @Column({ name: 'oauth_scopes', type: 'text', nullable: true })
  oauthScopes!: string | null;

  /** What the provider does differently and where the client secret is; `null` when nothing is declared. */
  @Column({ name: 'oauth_options', type: 'simple-json', nullable: true })
  oauthOptions!: StoredOAuthOptions | null;

  /** An http or https address for a user interface; `null` when none is declared. */
  @Column({ name: 'icon_url', type: 'text', nullable: true })
  iconUrl!: string | null;

  /** Host data, `cloud_id` and `site_url` among it, never a secret; `null` when there is none. */
  @Column({ name: 'extra_config', type: 'simple-json', nullable: true })
  extraConfig!: JsonObject | null;

  /** The operator's switch, true in a new row: a sync leaves it alone unless the declaration says `enabled`. */
  @Column({ name: 'enabled', type: 'boolean' })
  enabled!: boolean;

  /** The declared source that owns the row, as in `SyncPlanOptions.source`; `null` when nobody does yet. */
  @Column({ name: 'managed_by', type: 'varchar', length: 255, nullable: true })
  managedBy!: string | null;

  /** When the declaration lost this connection; `null` while it is declared. */
  @Column({
    name: 'removed_at',
    type: 'varchar',
    length: INSTANT_LENGTH,
    nullable: true,
    transformer: instant,
  })
  removedAt!: Date | null;

  /** When the row was made; no sync changes it. */
  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  /** When a sync last changed the row; a sync that finds nothing different leaves it. */
  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
