/** Every declared connection as one user sees it: what is connected, what has to be connected again, and why. */
import type { ConnectionDefinition, JsonObject } from '../config/definition';
import { byName } from '../config/names';
import type { StoredToken } from '../tokens/token-row';
import type { ConnectedAccount, ConnectionStatus, UserConnection } from './options';
import { doubtOf, reasonOf, useByDeclaration } from './token-use';

/** @param rows of one user; those of connections that are not declared are left out */
export function userConnections<Name extends string>(
  definitions: readonly ConnectionDefinition<Name>[],
  rows: readonly StoredToken[],
): UserConnection<Name>[] {
  return definitions
    .filter(({ oauth }) => oauth !== null)
    .map((definition) => {
      const { name, displayName, description, iconUrl, url, transport } = definition;
      const accounts = rows
        .filter((row) => row.connectionName === name)
        .map((row) => connectedAccount(row, definition))
        .toSorted((a, b) => byName({ name: a.account }, { name: b.account }));
      const status = bestOf(accounts);
      return { name, displayName, description, iconUrl, url, transport, status, accounts };
    });
}

function connectedAccount(row: StoredToken, definition: ConnectionDefinition): ConnectedAccount {
  const use = useByDeclaration(row, definition);
  const doubt = use.canRefresh ? doubtOf(row) : null;
  const isConnected = use.isUsable || (use.canRefresh && doubt === null);
  return {
    account: row.account,
    status: isConnected ? 'connected' : 'reauthorization_required',
    reason: isConnected ? null : (doubt ?? reasonOf(row, definition)),
    scopes: row.scopes === null || row.scopes === '' ? [] : row.scopes.split(' '),
    expiresAt: row.expiresAt === null ? null : new Date(row.expiresAt),
    connectedAt: new Date(row.createdAt),
    providerMetadata: row.providerMetadata === null ? null : metadataOf(row.providerMetadata),
  };
}

function metadataOf(text: string): JsonObject | null {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return null;
  }
}

function bestOf(accounts: readonly ConnectedAccount[]): ConnectionStatus {
  if (accounts.length === 0) return 'not_connected';
  return accounts.some(({ status }) => status === 'connected') ? 'connected' : 'reauthorization_required';
}
