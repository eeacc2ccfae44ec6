/** One declared connection, as the table holds it: the synced copy of the configuration. Never a secret. */
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import type { JsonObject, OAuthOptions } from '../config/definition';
import { INSTANT_LENGTH, instant } from './instant';

/** Quirks of the provider, and where the client secret is kept: a reference, never the secret. */
export type StoredOAuthOptions = OAuthOptions & {
  readonly client_secret_env?: string;
  readonly client_secret_file?: string;
  readonly client_secret_arn?: string;
};

@Entity({ name: 'connection_configs', synchronize: false })
@Index(['name'], { unique: true })
export class ConnectionConfig {
  /** UUID, given once and never replaced. */
  @PrimaryColumn({ name: 'id', type: 'varchar', length: 36 })
  id!: string;

  /** Compared byte for byte. */
  @Column({ name: 'name', type: 'varchar', length: 255 })
  name!: string;

  @Column({ name: 'display_name', type: 'text' })
  displayName!: string;

  @Column({ name: 'description', type: 'text', nullable: true })
  description!: string | null;

  @Column({ name: 'url', type: 'text' })
  url!: string;

  @Column({ name: 'transport', type: 'varchar', length: 32 })
  transport!: string;

  @Column({ name: 'auth_type', type: 'varchar', length: 32 })
  authType!: string;

  @Column({ name: 'oauth_client_id', type: 'text', nullable: true })
  oauthClientId!: string | null;

  @Column({ name: 'oauth_authorize_url', type: 'text', nullable: true })
  oauthAuthorizeUrl!: string | null;

  @Column({ name: 'oauth_token_url', type: 'text', nullable: true })
  oauthTokenUrl!: string | null;

  @Column({ name: 'oauth_redirect_uri', type: 'text', nullable: true })
  oauthRedirectUri!: string | null;

  /** Scopes separated by one space, in the order declared. */
  @Column({ name: 'oauth_scopes', type: 'text', nullable: true })
  oauthScopes!: string | null;

  @Column({ name: 'oauth_options', type: 'simple-json', nullable: true })
  oauthOptions!: StoredOAuthOptions | null;

  @Column({ name: 'icon_url', type: 'text', nullable: true })
  iconUrl!: string | null;

  @Column({ name: 'extra_config', type: 'simple-json', nullable: true })
  extraConfig!: JsonObject | null;

  /** The operator's switch: a sync leaves it alone unless the declaration says `enabled`. */
  @Column({ name: 'enabled', type: 'boolean' })
  enabled!: boolean;

  /** The declared source that owns the row; `null` when nobody does yet. */
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

  @Column({ name: 'created_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  createdAt!: Date;

  @Column({ name: 'updated_at', type: 'varchar', length: INSTANT_LENGTH, transformer: instant })
  updatedAt!: Date;
}
