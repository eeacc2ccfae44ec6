/**
 * The least that any program must do for a sync: one SELECT, a comparison in memory, one multi-row write of what
 * differs, one transaction. No report, no checks, no other replica in mind. Each engine's file says how it is sent.
 */
import { randomUUID } from 'node:crypto';
import type { ConnectionDefinition } from 'mcp-connections';
import type { ParsedConnections } from 'mcp-connections/sync';

/** What is compared, in the order of a row's values from the second on. */
export const compared = [
  'display_name',
  'description',
  'url',
  'transport',
  'auth_type',
  'oauth_client_id',
  'oauth_authorize_url',
  'oauth_token_url',
  'oauth_redirect_uri',
  'oauth_scopes',
  'oauth_options',
  'icon_url',
  'extra_config',
] as const;

export const read = ['name', ...compared, 'enabled', 'managed_by', 'removed_at'] as const;
export const written = [
  'name',
  ...compared,
  'id',
  'enabled',
  'managed_by',
  'created_at',
  'updated_at',
] as const;

/** A value for each column of `read`, in that order: drivers give arrays faster than objects. */
export type StoredRow = readonly unknown[];
/** The name, then a value for each compared column. */
type DeclaredRow = readonly (string | null)[];

const REMOVED_AT = read.indexOf('removed_at');

export interface FloorDatabase {
  select(): Promise<readonly StoredRow[]> | readonly StoredRow[];
  /**
   * In one transaction, which a single statement is by itself.
   * @param insert values for `written`
   * @param update values for the name and the compared columns
   */
  write(insert: readonly unknown[][], update: readonly DeclaredRow[], at: string): Promise<void>;
  close(): Promise<void> | void;
}

export async function syncAtTheFloor(declared: ParsedConnections, database: FloorDatabase): Promise<void> {
  const stored = new Map((await database.select()).map((row) => [row[0], row]));
  const at = new Date().toISOString();
  const insert: unknown[][] = [];
  const update: DeclaredRow[] = [];
  for (const definition of declared.connections.values()) {
    const row = rowOf(definition);
    const current = stored.get(definition.name);
    if (!current) insert.push([...row, randomUUID(), 1, 'default', at, at]);
    else if (current[REMOVED_AT] !== null || row.some((value, index) => value !== current[index])) {
      update.push(row);
    }
  }
  if (insert.length + update.length > 0) await database.write(insert, update, at);
}

function rowOf(definition: ConnectionDefinition): DeclaredRow {
  const { oauth } = definition;
  const secret = oauth?.clientSecret?.kind === 'env' ? { client_secret_env: oauth.clientSecret.name } : {};
  return [
    definition.name,
    definition.displayName,
    definition.description,
    definition.url,
    definition.transport,
    definition.authType,
    oauth?.clientId ?? null,
    oauth?.authorizeUrl ?? null,
    oauth?.tokenUrl ?? null,
    oauth?.redirectUri ?? null,
    oauth?.scopes.join(' ') ?? null,
    JSON.stringify({ ...oauth?.options, ...secret }),
    definition.iconUrl,
    JSON.stringify(definition.extraConfig),
  ];
}
