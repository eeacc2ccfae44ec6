/** Every declared connection as one user sees it: what is connected, what has to be connected again, and why. */
import type { ConnectionDefinition, JsonObject } from '../config/definition';
import { byName } from '../config/names';
import { deleteSecrets } from '../config/secret-names';
import { storedMetadata } from '../tokens/stored-metadata';
import type { StoredToken } from '../tokens/token-row';
import { scopesOf } from '../tokens/token-row';
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

/** What another program wrote in place of an instant has passed, as it has for a refresh. */
function instantOf(text: string): Date {
  const date = new Date(text);
  return Number.isNaN(date.getTime()) ? new Date(0) : date;
}

function bestOf(accounts: readonly ConnectedAccount[]): ConnectionStatus {
  if (accounts.length === 0) return 'not_connected';
  return accounts.some(({ status }) => status === 'connected') ? 'connected' : 'reauthorization_required';
}
