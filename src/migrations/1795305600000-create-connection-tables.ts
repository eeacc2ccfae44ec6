/** Creates or adopts the four tables. Frozen after its release: later changes are migrations of their own. */
import type { MigrationInterface, QueryRunner } from 'typeorm';
import {
  ConnectionClientRegistration,
  ConnectionConfig,
  ConnectionOAuthState,
  UserConnectionToken,
} from '../entities';
import { migrationContext } from '../database/migration-context';
import { createOrAdoptTables, dropOrRestoreTables } from './create-or-adopt';
import type { OwnColumn, OwnTable } from './own-table';

type Rest = Partial<Omit<OwnColumn, 'property' | 'name'>>;

const varchar = (property: string, name: string, length: number, rest: Rest = {}): OwnColumn => ({
  property,
  name,
  type: 'varchar',
  length,
  ...rest,
});
const text = (property: string, name: string, rest: Rest = {}): OwnColumn => ({
  property,
  name,
  type: 'text',
  ...rest,
});
const json = (property: string, name: string): OwnColumn =>
  text(property, name, { nullable: true, json: true });
const count = (property: string, name: string, rest: Rest = { default: '0' }): OwnColumn => ({
  property,
  name,
  type: 'integer',
  accepts: /^\d{1,9}$/,
  ...rest,
});
const instant = (property: string, name: string, rest: Rest = {}): OwnColumn =>
  varchar(property, name, 24, { instant: 'utc', ...rest });
const nullable: Rest = { nullable: true };
const identifying: Rest = { identifying: true };
const local: Rest = { instant: 'local' };
const id = varchar('id', 'id', 36, { primary: true, identifying: true });
const account = varchar('account', 'account', 255, { default: "'default'", accepts: /./s });
const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/;

const tables: readonly OwnTable[] = [
  {
    entity: ConnectionConfig,
    columns: [
      id,
      varchar('name', 'name', 255, identifying),
      text('displayName', 'display_name', { fill: "''" }),
      text('description', 'description', nullable),
      text('url', 'url', identifying),
      varchar('transport', 'transport', 32, { fill: "'sse'" }),
      varchar('authType', 'auth_type', 32, { identifying: true, fill: "'oauth2'" }),
      text('oauthClientId', 'oauth_client_id', nullable),
      text('oauthAuthorizeUrl', 'oauth_authorize_url', nullable),
      text('oauthTokenUrl', 'oauth_token_url', nullable),
      text('oauthRedirectUri', 'oauth_redirect_uri', nullable),
      text('oauthScopes', 'oauth_scopes', nullable),
      json('oauthOptions', 'oauth_options'),
      text('iconUrl', 'icon_url', nullable),
      json('extraConfig', 'extra_config'),
      { property: 'enabled', name: 'enabled', type: 'boolean', fill: 'TRUE' },
      varchar('managedBy', 'managed_by', 255, nullable),
      instant('removedAt', 'removed_at', nullable),
      instant('createdAt', 'created_at', local),
      instant('updatedAt', 'updated_at', local),
    ],
    indexes: [{ properties: ['name'], unique: true }],
  },
  {
    entity: UserConnectionToken,
    columns: [
      id,
      varchar('userId', 'user_id', 255, identifying),
      varchar('connectionName', 'connection_name', 255, identifying),
      account,
      text('accessTokenEncrypted', 'access_token_encrypted', identifying),
      text('refreshTokenEncrypted', 'refresh_token_encrypted', nullable),
      text('tokenType', 'token_type', nullable),
      instant('expiresAt', 'expires_at', nullable),
      text('scopes', 'scopes', nullable),
      json('providerMetadata', 'provider_metadata'),
      count('generation', 'generation'),
      count('claimedGeneration', 'claimed_generation'),
      instant('leaseExpiresAt', 'lease_expires_at', nullable),
      varchar('status', 'status', 32, {
        default: "'active'",
        accepts: /^(?:active|reauthorization_required)$/,
      }),
      text('statusReason', 'status_reason', nullable),
      text('doubt', 'doubt', nullable),
      instant('refusedSince', 'refused_since', nullable),
      instant('failingSince', 'failing_since', nullable),
      count('rejectedGeneration', 'rejected_generation', nullable),
      instant('rejectedAt', 'rejected_at', nullable),
      text('issuer', 'issuer', { nullable: true, accepts: /^https?:\/\/\S+$/ }),
      varchar('configFingerprint', 'config_fingerprint', 64, {
        nullable: true,
        accepts: /^(?:[\da-f]{32}){1,2}$/,
      }),
      varchar('grantId', 'grant_id', 36, { nullable: true, accepts: uuid }),
      instant('grantedAt', 'granted_at', nullable),
      instant('createdAt', 'created_at', local),
      instant('updatedAt', 'updated_at', local),
    ],
    indexes: [
      { properties: ['userId', 'connectionName', 'account'], unique: true },
      { properties: ['connectionName', 'id'] },
      { properties: ['status', 'expiresAt', 'id', 'connectionName'], present: 'refreshTokenEncrypted' },
    ],
  },
  {
    entity: ConnectionOAuthState,
    shortLived: true,
    columns: [
      varchar('state', 'state', 64, { primary: true, identifying: true }),
      varchar('userId', 'user_id', 255, identifying),
      varchar('connectionName', 'connection_name', 255, identifying),
      account,
      text('codeVerifier', 'code_verifier', nullable),
      text('redirectUri', 'redirect_uri', nullable),
      text('issuer', 'issuer', nullable),
      text('originHost', 'origin_host', nullable),
      text('returnTo', 'return_to', nullable),
      text('requestedScopes', 'requested_scopes', nullable),
      varchar('configFingerprint', 'config_fingerprint', 64, nullable),
      varchar('browserBinding', 'browser_binding', 64, nullable),
      varchar('grantId', 'grant_id', 36, nullable),
      instant('createdAt', 'created_at', local),
      instant('expiresAt', 'expires_at'),
    ],
    indexes: [{ properties: ['expiresAt'] }, { properties: ['userId', 'expiresAt'] }],
  },
  {
    entity: ConnectionClientRegistration,
    columns: [
      id,
      varchar('connectionName', 'connection_name', 255, identifying),
      varchar('issuer', 'issuer', 255, identifying),
      varchar('redirectUri', 'redirect_uri', 255, identifying),
      text('clientEncrypted', 'client_encrypted', identifying),
      instant('expiresAt', 'expires_at', nullable),
      instant('createdAt', 'created_at', local),
      instant('updatedAt', 'updated_at', local),
    ],
    indexes: [{ properties: ['connectionName', 'issuer', 'redirectUri'], unique: true }],
  },
];

export class CreateConnectionTables1795305600000 implements MigrationInterface {
  readonly name = 'CreateConnectionTables1795305600000';

  async up(queryRunner: QueryRunner): Promise<void> {
    await createOrAdoptTables(migrationContext(queryRunner), tables);
  }

  async down(queryRunner: QueryRunner): Promise<void> {
    await dropOrRestoreTables(migrationContext(queryRunner), tables);
  }
}
