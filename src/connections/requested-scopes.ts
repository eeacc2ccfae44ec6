/** Which scopes an authorization asks for: those of the connection, those that the account had before, and those of the caller. */
import type { ConnectionDefinition } from '../config/definition';
import { refreshesTokens } from '../oauth/client-metadata';
import type { Discovered } from '../oauth/discovery';
import { boundedScopes } from '../oauth/limits.js';
import { compareFingerprints } from '../tokens/fingerprint';
import type { ServedToken } from '../tokens/token-row';
import { oauthOf } from './provider';

/** OpenID Connect Core section 11: it asks for a refresh token. */
export const OFFLINE_ACCESS = 'offline_access';

/** What is asked for besides the scopes of the connection. */
export interface ScopeRequest {
  /** Of the caller. */
  readonly scopes: readonly string[];
  /** What the account has, however it is by now; null for nothing. */
  readonly tokens: Pick<ServedToken, 'scopes' | 'configFingerprint' | 'generation'> | null;
}

type Found = Pick<Discovered, 'server' | 'scopes'>;

/** Scopes of a connection whose server was discovered: as declared, else what the MCP server asks for. */
function discoveredScopes(definition: ConnectionDefinition, { server, scopes }: Found): readonly string[] {
  const declared = oauthOf(definition).scopes;
  if (declared.length > 0 || scopes.length === 0) return declared;
  if (!refreshesTokens(server)) return scopes.filter((scope) => scope !== OFFLINE_ACCESS);
  return server.offersOfflineAccess ? union(scopes, [OFFLINE_ACCESS]) : scopes;
}

/**
 * Every scope that a flow asks for.
 * @param found what was discovered; null for declared endpoints
 * @param fingerprints what tokens of the connection as it is declared now were issued under
 */
export async function flowScopes(
  definition: ConnectionDefinition,
  found: Found | null,
  { scopes, tokens }: ScopeRequest,
  fingerprints: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const own = found ? discoveredScopes(definition, found) : oauthOf(definition).scopes;
  const asked = union(own, scopes);
  // There the provider chooses, or a parameter of its own has scopes of another kind, as at Slack.
  if (asked.length === 0 && !found) return asked;
  const canRefresh = !found || refreshesTokens(found.server);
  const granted = boundedScopes(tokens?.scopes?.split(' ') ?? []) ?? [];
  const before = granted.filter(
    (scope) => !asked.includes(scope) && (canRefresh || scope !== OFFLINE_ACCESS),
  );
  if (!tokens || before.length === 0) return asked;
  const { configFingerprint: stored, generation } = tokens;
  // A declaration with fewer scopes than before is to have fewer.
  const isOfNow = (current: string) => compareFingerprints(stored, current, generation) === 'same';
  return (await fingerprints()).some(isOfNow) ? union(own, before, scopes) : asked;
}

function union(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}
