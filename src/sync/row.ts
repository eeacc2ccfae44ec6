/** The row of a connection: the columns that its declaration determines, in the form that the database stores. */
import { flag, nullableText, RowShape, text } from '../database/row-shape';
import type { ConnectionDefinition, JsonObject, OAuthDefinition, OAuthOptions } from '../config/definition';
import type { StoredReference } from '../config/secrets';

/** The columns of `ConnectionConfig` that a declaration determines; JSON is text. */
export interface DeclaredRow {
  /** Key of the entry in the document: at most 255 characters, unique, compared byte for byte. */
  readonly name: string;
  /** Name to show to users; derived from the connection name when none is declared. */
  readonly displayName: string;
  /** Text to show to users; `null` only in an adopted row that has not been synced. */
  readonly description: string | null;
  /** Address of the MCP server or API: http or https. */
  readonly url: string;
  /** A `Transport`; a row edited by hand may contain other text. */
  readonly transport: string;
  /** An `AuthType`; a row edited by hand may contain other text. */
  readonly authType: string;
  /** `client_id` (RFC 6749 section 2.2); `null` when the client is registered dynamically. */
  readonly oauthClientId: string | null;
  /** Authorization endpoint (RFC 6749 section 3.1); `null` when it is discovered. */
  readonly oauthAuthorizeUrl: string | null;
  /** Token endpoint (RFC 6749 section 3.2); `null` when it is discovered. */
  readonly oauthTokenUrl: string | null;
  /** Redirect URI at the host's backend (RFC 6749 section 3.1.2); `null` when none is declared. */
  readonly oauthRedirectUri: string | null;
  /** Scopes separated by one space (RFC 6749 section 3.3); `null` when none are declared. */
  readonly oauthScopes: string | null;
  /** JSON text of a `StoredOAuthOptions`; `null` when nothing is declared. */
  readonly oauthOptions: string | null;
  /** http or https URL of an icon to show to users; `null` when none is declared. */
  readonly iconUrl: string | null;
  /** JSON text of an object with data of the host, without secrets; `null` when there is none. */
  readonly extraConfig: string | null;
  /** Whether the connection may be used; `null` in a declaration that leaves this to the operator. */
  readonly enabled: boolean | null;
}

/** A row of the table, with the columns that a sync reads. */
export interface StoredRow extends DeclaredRow {
  /** UUID that never changes; an adopted row keeps its previous id. */
  readonly id: string;
  /** Whether the connection may be used; an operator may change it in the table. */
  readonly enabled: boolean;
  /** Name of the source that owns the row; `null` when none does. */
  readonly managedBy: string | null;
  /** ISO-8601 UTC: when a sync found that the connection was no longer declared; `null` while it is declared. */
  readonly removedAt: string | null;
}

const compared = {
  displayName: text,
  description: nullableText,
  url: text,
  transport: text,
  authType: text,
  oauthClientId: nullableText,
  oauthAuthorizeUrl: nullableText,
  oauthTokenUrl: nullableText,
  oauthRedirectUri: nullableText,
  oauthScopes: nullableText,
  oauthOptions: nullableText,
  iconUrl: nullableText,
  extraConfig: nullableText,
};

/** The columns that a sync compares. `enabled` is not among them: it is compared only when the declaration has it. */
export const comparedColumns = Object.keys(compared) as readonly (keyof typeof compared)[];

/** What a sync reads. */
export const storedRowShape = new RowShape<StoredRow>({
  ...compared,
  id: text,
  name: text,
  enabled: flag,
  managedBy: nullableText,
  removedAt: nullableText,
});

/** Whether a row is unchanged since it was read. */
export function isAsRead(row: StoredRow, seen: StoredRow): boolean {
  return storedRowShape.properties.every((column) => row[column] === seen[column]);
}

export type JsonColumn = 'oauthOptions' | 'extraConfig';

export function isJsonColumn(column: string): column is JsonColumn {
  return column === 'oauthOptions' || column === 'extraConfig';
}

/** The row of a declared connection, without its inline client secret. */
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
 * The JSON text of the column `oauth_options`: options of the provider, the reference to the client secret, and what goes with
 * access tokens. It is joined as text because copying the object to add a key is slower.
 */
function optionsText({ options, clientSecret, apiOrigins, headers }: OAuthDefinition): string | null {
  const quirks = jsonText(options);
  const added = [referenceText(clientSecret), originsText(apiOrigins), headersText(headers)]
    .filter((part) => part !== null)
    .join(',');
  if (quirks === null) return added === '' ? null : `{${added}}`;
  return added === '' ? quirks : `${quirks.slice(0, -1)},${added}}`;
}

function referenceText(secret: OAuthDefinition['clientSecret']): string | null {
  return secret === null || secret.kind === 'inline'
    ? null
    : `"client_secret_${secret.kind}":${JSON.stringify(referenceValue(secret))}`;
}

function originsText(origins: readonly string[]): string | null {
  return origins.length === 0 ? null : `"api_origins":${JSON.stringify(origins)}`;
}

/** As a document has them: a text, or an object that says where the value is. */
function headersText(headers: OAuthDefinition['headers']): string | null {
  const sent = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : { [value.kind]: referenceValue(value) },
  ]);
  return sent.length === 0 ? null : `"headers":${JSON.stringify(Object.fromEntries(sent))}`;
}

function referenceValue(reference: StoredReference): string {
  switch (reference.kind) {
    case 'env':
      return reference.name;
    case 'file':
      return reference.path;
    case 'arn':
      return reference.arn;
  }
}

function jsonText(value: OAuthOptions | JsonObject): string | null {
  const json = JSON.stringify(value);
  return json === '{}' ? null : json;
}
