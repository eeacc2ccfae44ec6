/** Every declared connection as one user sees it: what is connected, what has to be connected again, and why. */
import type { ConnectionDefinition, JsonObject } from '../config/definition';
import { byName } from '../config/names';
import { deleteSecrets } from '../config/secret-names';
import { storedMetadata } from '../tokens/token-row.js';
import type { ListedToken } from '../tokens/listed-token';
import { scopesOf } from '../tokens/token-row';
import { type ProcessKnowledge, accountHealth, instantOf } from './account-health';
import type { ConnectedAccount, ConnectionStatus, UserConnection } from './options';
import { standingByDeclaration } from './token-use';

/** @param rows of one user; those of connections that are not declared are left out */
export function userConnections<Name extends string>(
  definitions: readonly ConnectionDefinition<Name>[],
  rows: readonly ListedToken[],
  process: ProcessKnowledge,
): UserConnection<Name>[] {
  const rowsOf = new Map<string, ListedToken[]>();
  for (const row of rows) {
    const same = rowsOf.get(row.connectionName);
    if (same) same.push(row);
    else rowsOf.set(row.connectionName, [row]);
  }
  const connections: UserConnection<Name>[] = [];
  for (const definition of definitions) {
    const { name, displayName, description, iconUrl, url, transport, oauth } = definition;
    if (oauth === null) continue;
    const accounts = (rowsOf.get(name) ?? []).map((row) => connectedAccount(row, definition, process));
    if (accounts.length > 1) accounts.sort((a, b) => byName({ name: a.account }, { name: b.account }));
    const status = bestOf(accounts);
    connections.push({ name, displayName, description, iconUrl, url, transport, status, accounts });
  }
  return connections;
}

function connectedAccount(
  row: ListedToken,
  definition: ConnectionDefinition,
  process: ProcessKnowledge,
): ConnectedAccount {
  const standing = standingByDeclaration(row, definition);
  const health = accountHealth(row, definition, standing, process);
  const isRenewable = health.status === 'connected' || health.status === 'provider_unavailable';
  return {
    account: row.account,
    ...health,
    renewable: isRenewable && standing.canRefresh,
    scopes: scopesOf(row),
    expiresAt: row.expiresAt === null ? null : instantOf(row.expiresAt),
    connectedAt: instantOf(row.createdAt),
    providerMetadata: metadataOf(row.providerMetadata),
  };
}

/** Another program may have stored secrets beside its tokens. */
function metadataOf(text: string | null): JsonObject | null {
  const metadata = storedMetadata(text);
  deleteSecrets(metadata);
  return metadata;
}

/** The best first. */
const ORDER = [
  'connected',
  'provider_unavailable',
  'token_refused',
  'key_missing',
  'reauthorization_required',
] as const satisfies readonly ConnectionStatus[];

function bestOf(accounts: readonly ConnectedAccount[]): ConnectionStatus {
  return ORDER.find((best) => accounts.some(({ status }) => status === best)) ?? 'not_connected';
}
