/** Ends what users have granted: gives tokens back where a provider takes them, and deletes the rows in any case. */
import type { ConnectionDefinition } from '../config/definition';
import type { ConnectionRegistry } from '../config/registry';
import type { StoredToken } from '../tokens/token-row';
import type { TokenVault } from '../tokens/vault';
import type { ProviderAccess } from './token-provider';
import { tokenProvider } from './token-provider';

/** @returns how many rows were deleted */
export async function forgetUser(
  vault: TokenVault,
  registry: ConnectionRegistry,
  access: ProviderAccess,
  userId: string,
): Promise<number> {
  const definitions = new Map((await registry.list()).map((definition) => [definition.name, definition]));
  let deleted = 0;
  for (const row of await vault.rows.readOf(userId)) {
    const definition = definitions.get(row.connectionName);
    if (definition?.oauth) await revokeStored(vault, row, definition, access);
    if (await vault.rows.delete(row)) deleted += 1;
  }
  return deleted;
}

/** @returns whether the provider took them back */
export async function revokeStored(
  { seal }: TokenVault,
  row: StoredToken,
  definition: ConnectionDefinition,
  access: ProviderAccess,
): Promise<boolean> {
  try {
    const refreshToken = (await seal.openRefreshToken(row)) ?? undefined;
    const accessToken = await seal.openAccessToken(row);
    return await tokenProvider(definition, access).revoke({ accessToken, refreshToken });
  } catch {
    // What does not open cannot be given back, and must not keep the user from being forgotten.
    return false;
  }
}
