/** Ends what users have granted: gives tokens back where a provider takes them, and deletes the rows in any case. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { Events } from '../events';
import { compareFingerprints } from '../tokens/fingerprint';
import type { StoredToken } from '../tokens/token-row';
import type { Disconnection } from './flow-options';
import type { Opened } from './opened';
import type { ConnectionsEvents } from './options';
import { tokenProvider } from './token-provider';

export interface Disconnecting {
  readonly opened: Opened;
  readonly registry: ConnectionRegistry;
  readonly events: Events<ConnectionsEvents>;
}

/** @returns null when the row has gone, or belongs to another user by now */
export async function disconnectRow(row: StoredToken, context: Disconnecting): Promise<Disconnection | null> {
  const { rows } = context.opened.vault;
  // Deletes first, and only these tokens: what the user authorizes while the provider is asked must stay.
  for (let seen: StoredToken | null = row; seen; seen = await rows.readById(row.id)) {
    if (!(await rows.delete(seen))) continue;
    const { userId, connectionName, account } = seen;
    // A connection that is no longer declared can be disconnected all the same.
    const definition = await context.registry.get(connectionName).catch(() => null);
    const revocation = definition?.oauth ? await revoked(seen, definition, context) : 'unsupported';
    context.events.emit('disconnected', { userId, connectionName, account, revocation });
    return { removed: true, revocation };
  }
  return null;
}

async function revoked(
  row: StoredToken,
  definition: ConnectionDefinition,
  { opened: { vault, providers } }: Disconnecting,
): Promise<Disconnection['revocation']> {
  try {
    const provider = await providers.forTokens(definition, row, providers.deadline());
    const { configFingerprint } = provider.under;
    const isOurs = compareFingerprints(row.configFingerprint, configFingerprint, row.generation) === 'same';
    // A token is sent only to the server that issued it.
    if (provider.revokeUrl === null || !isOurs) return 'unsupported';
    const refreshToken = (await vault.seal.openRefreshToken(row)) ?? undefined;
    const accessToken = await vault.seal.openAccessToken(row);
    const isTaken = await tokenProvider(provider).revoke({ accessToken, refreshToken });
    return isTaken ? 'revoked' : 'failed';
  } catch {
    // A token that cannot be decrypted cannot be revoked, and must not prevent the user from disconnecting.
    return 'failed';
  }
}
