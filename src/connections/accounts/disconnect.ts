/** Ends what users have granted: deletes the rows, and then gives the tokens back where a provider takes them. */
import { type ConnectionDefinition, isOAuth } from '../../config/definition';
import type { ConnectionRegistry } from '../../config/registry';
import { isConnectionsError } from '../../errors';
import type { Events } from '../../events';
import { anything, checkOptions } from '../../options';
import { type AccountRef, refOf } from '../../tokens/account-ref';
import { compareFingerprints } from '../../tokens/fingerprint';
import type { RevocableToken } from '../../tokens/token-row';
import type { ConnectionsEvents, Disconnection } from '../options';
import { tokenProvider } from '../provider/token-requests';
import { type Runtime, isInUse } from '../runtime';
import { deleteAccount, deleteAccounts } from './delete-tokens';

/** @throws ConnectionsError `option_invalid` */
export function checkDisconnectOptions(options: { readonly account?: string | undefined }): void {
  checkOptions('disconnect', options, { account: anything });
}

export interface DisconnectContext {
  readonly runtime: Runtime;
  readonly registry: ConnectionRegistry;
  readonly events: Events<ConnectionsEvents>;
}

type Revocation = Disconnection['revocation'];

/** Requests at the same time, when a user is forgotten. */
const AT_A_TIME = 8;

/**
 * Ends the flows of an account and deletes its row, unless the user has connected again meanwhile; then revokes the tokens where
 * the provider can.
 */
export async function disconnectAccount(ref: AccountRef, context: DisconnectContext): Promise<Disconnection> {
  const deleted: RevocableToken[] = [];
  let revocation: Revocation = 'unsupported';
  try {
    await deleteAccount(ref, context.runtime, deleted);
  } finally {
    // After an error, too: tokens whose row has gone can be revoked only now.
    for (const row of deleted) revocation = await revokeDeleted(row, context);
  }
  return { removed: deleted.length > 0, revocation };
}

/**
 * Revokes the tokens of a row that was deleted before, so that what the user authorizes while the provider is asked
 * stays. Neither the registry nor the provider makes it throw.
 * @param deadline of the requests to the provider
 */
async function revokeDeleted(
  row: RevocableToken,
  context: DisconnectContext,
  deadline = context.runtime.providers.deadline(),
): Promise<Revocation> {
  const revocation = await revoke(row, context, deadline);
  context.events.emit('disconnected', { ...refOf(row), revocation });
  return revocation;
}

/**
 * Ends every flow of a user and deletes every row before any provider is asked, so that one that does not answer keeps no
 * row. All revocations together take as long as those of one account may.
 * @returns how many rows
 */
export async function deleteUser(userId: string, context: DisconnectContext): Promise<number> {
  const { runtime } = context;
  const deleted: RevocableToken[] = [];
  try {
    await deleteAccounts(userId, runtime, deleted);
  } finally {
    // After an error, too: tokens whose row has gone can be revoked only now.
    await revokeAll(deleted, context);
  }
  return deleted.length;
}

async function revokeAll(deleted: readonly RevocableToken[], context: DisconnectContext): Promise<void> {
  const deadline = context.runtime.providers.deadline();
  const waiting = lanesOf(deleted);
  const worker = async () => {
    for (let lane = waiting.shift(); lane; lane = waiting.shift()) {
      const row = lane.shift();
      if (row) await revokeDeleted(row, context, deadline);
      // Behind the others, so that each connection has its turn.
      if (lane.length > 0) waiting.push(lane);
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, worker));
}

/**
 * Rows that are revoked one after the other. Each connection has as many lanes as any other, so that many accounts at one
 * that does not answer do not delay those at others.
 */
function lanesOf(rows: readonly RevocableToken[]): RevocableToken[][] {
  const names = [...new Set(rows.map(({ connectionName }) => connectionName))];
  const each = Math.max(Math.floor(AT_A_TIME / names.length), 1);
  return names
    .map((name) => rows.filter(({ connectionName }) => connectionName === name))
    .flatMap((own) =>
      Array.from({ length: each }, (_, lane) => own.filter((_row, index) => index % each === lane)),
    );
}

/** Also of a connection that is switched off; null for one that is no longer declared, which can be disconnected all the same. */
async function knownDefinition(
  name: string,
  registry: ConnectionRegistry,
): Promise<ConnectionDefinition | null> {
  try {
    return await registry.get(name, { allowDisabled: true });
  } catch (error) {
    if (isConnectionsError(error, 'connection_unknown', 'connection_removed')) return null;
    throw error;
  }
}

async function revoke(
  row: RevocableToken,
  { runtime, registry }: DisconnectContext,
  deadline: number,
): Promise<Revocation> {
  const { vault, providers } = runtime;
  try {
    const definition = await knownDefinition(row.connectionName, registry);
    if (!definition || !isOAuth(definition)) return 'unsupported';
    const provider = await providers.forTokens(definition, row, { deadline });
    const { configFingerprint } = provider.under;
    const isOurs = compareFingerprints(row.configFingerprint, configFingerprint, row.generation) === 'same';
    // A token is sent only to the server that issued it.
    if (provider.revokeUrl === null || !isOurs) return 'unsupported';
    // Before the client's secret is fetched, which may take its time, too.
    if (performance.now() >= deadline) return 'failed';
    const tokens = await vault.seal.openBoth(row);
    const isTaken = await tokenProvider(provider, () => isInUse(runtime, row)).revoke(tokens);
    return isTaken ? 'revoked' : 'failed';
  } catch {
    // A registry that cannot be read, or a token that cannot be decrypted, must not prevent the user from disconnecting.
    return 'failed';
  }
}
