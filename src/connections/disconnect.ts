/** Ends what users have granted: gives tokens back where a provider takes them, and deletes the rows in any case. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { Events } from '../events';
import type { StoredToken } from '../tokens/token-row';
import type { Disconnected } from './flow-options';
import type { Opened } from './opened';
import type { ConnectionsEvents } from './options';
import { tokenProvider } from './token-provider';

export interface Disconnecting {
  readonly opened: Opened;
  readonly registry: ConnectionRegistry;
  readonly events: Events<ConnectionsEvents>;
}

export async function disconnectRow(row: StoredToken, context: Disconnecting): Promise<Disconnected> {
  // A connection that is not declared any more can be left all the same.
  const definition = await context.registry.get(row.connectionName).catch(() => null);
  const revocation = definition?.oauth ? await revoked(row, definition, context) : 'unsupported';
  const removed = await context.opened.vault.rows.delete(row);
  const { userId, connectionName, account } = row;
  if (removed) context.events.emit('disconnected', { userId, connectionName, account, revocation });
  return { removed, revocation };
}

async function revoked(
  row: StoredToken,
  definition: ConnectionDefinition,
  { opened: { vault, providers } }: Disconnecting,
): Promise<Disconnected['revocation']> {
  const { seal } = vault;
  try {
    const provider = await providers.forTokens(definition, row.configFingerprint);
    if (provider.revokeUrl === null) return 'unsupported';
    const refreshToken = (await seal.openRefreshToken(row)) ?? undefined;
    const accessToken = await seal.openAccessToken(row);
    const isTaken = await tokenProvider(provider).revoke({ accessToken, refreshToken });
    return isTaken ? 'revoked' : 'failed';
  } catch {
    // What does not open cannot be given back, and must not keep the user from leaving.
    return 'failed';
  }
}
