/** A connection as a row: the columns that a declaration decides, in the form the database holds them. */
import type { ConnectionDefinition, JsonObject, OAuthDefinition, OAuthOptions } from '../config/definition';

/** The columns of `ConnectionConfig` that a declaration decides, JSON as text. */
export interface DeclaredRow {
  /** Key of the entry in the document: at most 255 characters, unique, compared byte for byte. */
  readonly name: string;
  /** For people; the name in words when the declaration has none. */
  readonly displayName: string;
  /** For people; `null` only in an adopted row that has not been synced. */
  readonly description: string | null;
  /** Address of the MCP server or API: http or https. */
  readonly url: string;
  /** A `Transport`; a stored row may have been edited into something else. */
  readonly transport: string;
  /** An `AuthType`; a stored row may have been edited into something else. */
  readonly authType: string;
  /** `client_id` (RFC 6749 section 2.2); `null` leaves it to registration. */
  readonly oauthClientId: string | null;
  /** Authorization endpoint (RFC 6749 section 3.1); `null` leaves it to discovery. */
  readonly oauthAuthorizeUrl: string | null;
  /** Token endpoint (RFC 6749 section 3.2); `null` leaves it to discovery. */
  readonly oauthTokenUrl: string | null;
  /** Redirect URI at the host's backend (RFC 6749 section 3.1.2); `null` when not declared. */
  readonly oauthRedirectUri: string | null;
  /** Scopes separated by one space (RFC 6749 section 3.3); `null` asks for none. */
  readonly oauthScopes: string | null;
  /** JSON text of a `StoredOAuthOptions`; `null` when nothing is declared. */
  readonly oauthOptions: string | null;
  /** An http or https address for a user interface; `null` when none is declared. */
  readonly iconUrl: string | null;
  /** JSON text of an object of host data, never a secret; `null` when there is none. */
  readonly extraConfig: string | null;
  /** The operator's switch; `null` in a declaration that leaves it alone. */
  readonly enabled: boolean | null;
}

/** A row of the table, for as much of it as a sync looks at. */
export interface StoredRow extends DeclaredRow {
  /** UUID, given once and never replaced; an adopted row keeps the id it had. */
  readonly id: string;
  /** The operator's switch. */
  readonly enabled: boolean;
  /** The declared source that owns the row; `null` when nobody does yet. */
  readonly managedBy: string | null;
  /** ISO-8601 UTC, when the declaration lost this connection; `null` while it is declared. */
  readonly removedAt: string | null;
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

/** Everything that a sync reads of a row. */
export const readColumns = [...comparedColumns, 'id', 'name', 'enabled', 'managedBy', 'removedAt'] as const;

/** Whether a row still is as it was read. */
export function isAsRead(row: StoredRow, seen: StoredRow): boolean {
  return readColumns.every((column) => row[column] === seen[column]);
}

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
    oauthOptions: oauth ? optionsText(oauth) : null,
    iconUrl: definition.iconUrl,
    extraConfig: jsonText(definition.extraConfig),
    enabled: definition.enabled,
  };
}

/**
 * The options column: the provider's quirks and the reference to the client secret. Put together as text, since copying
 * an object to add a key to it takes longer than writing it.
 */
function optionsText({ options, clientSecret }: OAuthDefinition): string | null {
  const quirks = jsonText(options);
  const reference = referenceText(clientSecret);
  if (quirks === null) return reference === null ? null : `{${reference}}`;
  return reference === null ? quirks : `${quirks.slice(0, -1)},${reference}}`;
}

function referenceText(secret: OAuthDefinition['clientSecret']): string | null {
  switch (secret?.kind) {
    case 'env':
      return `"client_secret_env":${JSON.stringify(secret.name)}`;
    case 'file':
      return `"client_secret_file":${JSON.stringify(secret.path)}`;
    case 'arn':
      return `"client_secret_arn":${JSON.stringify(secret.arn)}`;
    default:
      return null;
  }
}

function jsonText(value: OAuthOptions | JsonObject): string | null {
  const text = JSON.stringify(value);
  return text === '{}' ? null : text;
}
