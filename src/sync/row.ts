/** A connection as a row: the columns that a declaration decides, in the form the database holds them. */
import type { ConnectionDefinition, JsonObject, OAuthDefinition } from '../config/definition';
import type { StoredOAuthOptions } from '../entities/connection-config';

/** What the declaration decides. JSON columns are text. */
export interface DeclaredRow {
  readonly name: string;
  readonly displayName: string;
  readonly description: string | null;
  readonly url: string;
  readonly transport: string;
  readonly authType: string;
  readonly oauthClientId: string | null;
  readonly oauthAuthorizeUrl: string | null;
  readonly oauthTokenUrl: string | null;
  readonly oauthRedirectUri: string | null;
  readonly oauthScopes: string | null;
  readonly oauthOptions: string | null;
  readonly iconUrl: string | null;
  readonly extraConfig: string | null;
  /** `null` in a declaration that does not say. */
  readonly enabled: boolean | null;
}

/** What stands in the table, for as much of it as a sync looks at. */
export interface StoredRow extends DeclaredRow {
  readonly id: string;
  readonly enabled: boolean;
  readonly managedBy: string | null;
  /** ISO-8601 UTC. */
  readonly removedAt: string | null;
  /** ISO-8601 UTC; changes with every write of ours, so it tells whether a row is still as it was read. */
  readonly updatedAt: string;
}

/** The columns that a sync compares, besides `enabled`, which only a declaration that says it decides. */
export const comparedColumns = [
  'displayName',
  'description',
  'url',
  'transport',
  'authType',
  'oauthClientId',
  'oauthAuthorizeUrl',
  'oauthTokenUrl',
  'oauthRedirectUri',
  'oauthScopes',
  'oauthOptions',
  'iconUrl',
  'extraConfig',
] as const satisfies readonly (keyof DeclaredRow)[];

export type JsonColumn = 'oauthOptions' | 'extraConfig';

export function isJsonColumn(column: string): column is JsonColumn {
  return column === 'oauthOptions' || column === 'extraConfig';
}

/** The row that a declared connection asks for. An inline client secret stays behind. */
export function declaredRow(definition: ConnectionDefinition): DeclaredRow {
  const { oauth } = definition;
  return {
    name: definition.name,
    displayName: definition.displayName,
    description: definition.description,
    url: definition.url,
    transport: definition.transport,
    authType: definition.authType,
    oauthClientId: oauth?.clientId ?? null,
    oauthAuthorizeUrl: oauth?.authorizeUrl ?? null,
    oauthTokenUrl: oauth?.tokenUrl ?? null,
    oauthRedirectUri: oauth?.redirectUri ?? null,
    oauthScopes: oauth && oauth.scopes.length > 0 ? oauth.scopes.join(' ') : null,
    oauthOptions: oauth ? jsonText(storedOptions(oauth)) : null,
    iconUrl: definition.iconUrl,
    extraConfig: jsonText(definition.extraConfig),
    enabled: definition.enabled,
  };
}

/** The options column: the provider's quirks and the reference to the client secret. */
function storedOptions({ options, clientSecret }: OAuthDefinition): StoredOAuthOptions {
  switch (clientSecret?.kind) {
    case 'env':
      return { ...options, client_secret_env: clientSecret.name };
    case 'file':
      return { ...options, client_secret_file: clientSecret.path };
    case 'arn':
      return { ...options, client_secret_arn: clientSecret.arn };
    default:
      return options;
  }
}

function jsonText(value: StoredOAuthOptions | JsonObject): string | null {
  return Object.keys(value).length > 0 ? JSON.stringify(value) : null;
}
