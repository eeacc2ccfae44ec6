/** Which scopes an authorization asks for: those of the connection, those that the account had before, and those of the caller. */
import type { ConnectionDefinition } from '../config/definition';
import { refreshesTokens } from '../oauth/client-metadata';
import type { Discovered } from '../oauth/discovery';
import type { ServedToken } from '../tokens/token-row';
import { isDiscovered, oauthOf } from './provider';

const OFFLINE = 'offline_access';

/** Scopes of a connection whose server was discovered: as declared, else what the MCP server asks for. */
export function connectionScopes(
  definition: ConnectionDefinition,
  { server, scopes }: Pick<Discovered, 'server' | 'scopes'>,
): readonly string[] {
  const declared = oauthOf(definition).scopes;
  if (declared.length > 0 || scopes.length === 0) return declared;
  // OpenID Connect Core section 11: the scope asks for a refresh token.
  if (!refreshesTokens(server)) return scopes.filter((scope) => scope !== OFFLINE);
  return server.offersOfflineAccess ? union(scopes, [OFFLINE]) : scopes;
}

/**
 * Scopes that an account had before, besides those that are asked for anyway. None for declared endpoints without scopes, where
 * the caller names none: there the provider chooses, or other parameters carry scopes of another kind, as at Slack.
 */
export function scopesBefore(
  definition: ConnectionDefinition,
  tokens: Pick<ServedToken, 'scopes'> | null,
  asked: readonly string[],
): readonly string[] {
  if (asked.length === 0 && !isDiscovered(oauthOf(definition))) return [];
  const before = tokens?.scopes?.split(' ') ?? [];
  return before.filter((scope) => scope !== '' && !asked.includes(scope));
}

export function union(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
