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

/** @returns null when the row has gone, or was somebody else's by then */
export async function disconnectRow(row: StoredToken, context: Disconnecting): Promise<Disconnection | null> {
  const { rows } = context.opened.vault;
  // First, and only these tokens: what a user authorizes while a provider is being asked must stay.
  for (let seen: StoredToken | null = row; seen; seen = await rows.readById(row.id)) {
    if (!(await rows.delete(seen))) continue;
    const { userId, connectionName, account } = seen;
    // A connection that is not declared any more can be left all the same.
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
    const provider = await providers.forTokens(definition, row.configFingerprint);
    const isOurs = compareFingerprints(row.configFingerprint, provider.under.configFingerprint) === 'same';
    // A token goes back to who gave it, and to nobody else.
    if (provider.revokeUrl === null || !isOurs) return 'unsupported';
    const refreshToken = (await vault.seal.openRefreshToken(row)) ?? undefined;
    const accessToken = await vault.seal.openAccessToken(row);
    const isTaken = await tokenProvider(provider).revoke({ accessToken, refreshToken });
    return isTaken ? 'revoked' : 'failed';
  } catch {
    // What does not open cannot be given back, and must not keep the user from leaving.
    return 'failed';
  }
}
