/** Ends what users have granted: gives tokens back where a provider takes them, and deletes the rows in any case. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { Events } from '../events';
import type { StoredToken } from '../tokens/token-row';
import type { TokenVault } from '../tokens/vault';
import type { Disconnected } from './flow-options';
import type { ConnectionsEvents } from './options';
import type { ProviderAccess } from './provider';
import { tokenProvider } from './token-provider';

export interface Disconnecting {
  readonly vault: TokenVault;
  readonly registry: ConnectionRegistry;
  readonly access: ProviderAccess;
  readonly events: Events<ConnectionsEvents>;
}

export async function disconnectRow(row: StoredToken, context: Disconnecting): Promise<Disconnected> {
  // A connection that is not declared any more can be left all the same.
  const definition = await context.registry.get(row.connectionName).catch(() => null);
  const revocation = definition?.oauth ? await revoked(row, definition, context) : 'unsupported';
  const removed = await context.vault.rows.delete(row);
  const { userId, connectionName, account } = row;
  if (removed) context.events.emit('disconnected', { userId, connectionName, account, revocation });
  return { removed, revocation };
}

async function revoked(
  row: StoredToken,
  definition: ConnectionDefinition,
  { vault: { seal }, access }: Disconnecting,
): Promise<Disconnected['revocation']> {
  if (definition.oauth?.options.revoke_url === undefined) return 'unsupported';
  try {
    const refreshToken = (await seal.openRefreshToken(row)) ?? undefined;
    const accessToken = await seal.openAccessToken(row);
    const isTaken = await tokenProvider(definition, access).revoke({ accessToken, refreshToken });
    return isTaken ? 'revoked' : 'failed';
  } catch {
    // What does not open cannot be given back, and must not keep the user from leaving.
    return 'failed';
  }
}
