/** Scopes: those that a flow and a refresh ask for, and those that an API says a token lacks. */
import type { OAuthOptions, OAuthConnection } from '../../config/definition';
import { ConnectionsError, quote } from '../../errors';
import { bearerChallenges } from '../../oauth/challenge';
import { refreshesTokens } from '../../oauth/client-metadata';
import type { Discovered } from '../../oauth/discovery';
import { boundedScopes } from '../../oauth/limits';
import { compareFingerprints } from '../../tokens/fingerprint';
import { type ServedToken, scopesOf } from '../../tokens/token-row';

/** OpenID Connect Core section 11: it asks for a refresh token. */
const OFFLINE_ACCESS = 'offline_access';

/** What is asked for besides the scopes of the connection. */
export interface ScopeRequest {
  /** Of the caller. */
  readonly scopes: readonly string[];
  /** What the account has, however it is by now; null for nothing. */
  readonly tokens: Pick<ServedToken, 'scopes' | 'configFingerprint' | 'generation'> | null;
}

type Found = Pick<Discovered, 'server' | 'scopes'>;

/** Scopes of a connection whose server was discovered: as declared, else what the MCP server asks for. */
function discoveredScopes({ oauth }: OAuthConnection, { server, scopes }: Found): readonly string[] {
  const declared = oauth.scopes;
  if (declared.length > 0 || scopes.length === 0) return declared;
  if (!refreshesTokens(server)) return scopes.filter((scope) => scope !== OFFLINE_ACCESS);
  return server.offersOfflineAccess ? union(scopes, [OFFLINE_ACCESS]) : scopes;
}

/**
 * Every scope that a flow asks for: those of the connection, those that the account had before, and those of the caller.
 * @param found what was discovered; null for declared endpoints
 * @param fingerprints what tokens of the connection as it is declared now were issued under
 */
export async function flowScopes(
  definition: OAuthConnection,
  found: Found | null,
  { scopes, tokens }: ScopeRequest,
  fingerprints: () => Promise<readonly string[]>,
): Promise<readonly string[]> {
  const own = found ? discoveredScopes(definition, found) : definition.oauth.scopes;
  const asked = union(own, scopes);
  // Without `scope` the provider chooses, or reads a parameter of its own with other kinds of scopes, as Slack does.
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

/** OpenID Connect Core section 11: without the user's consent a server ignores the scope, and gives no refresh token. */
export function consentTo(
  scopes: readonly string[],
  { authorize_params }: OAuthOptions,
): Pick<OAuthOptions, 'authorize_params'> {
  return scopes.includes(OFFLINE_ACCESS)
    ? { authorize_params: { prompt: 'consent', ...authorize_params } }
    : {};
}

function union(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())];
}

/**
 * The scopes of a refresh (RFC 6749 section 6): those that were granted, or the declared ones if that is not known; and a declared
 * `offline_access`, which servers leave out of what they have granted, but without which they give no further refresh token.
 */
export function repeatedScopes(granted: string | null, declared: readonly string[]): readonly string[] {
  const own = scopesOf({ scopes: granted });
  if (own.length === 0) return declared;
  return union(
    declared.filter((scope) => scope === OFFLINE_ACCESS),
    own,
  );
}

/**
 * Reads from the answer of an API which scopes a token lacks (RFC 6750 section 3.1).
 * @throws ConnectionsError `insufficient_scope`, with `scopes`
 */
export function requireScopes(connectionName: string, headers: Pick<Headers, 'get'>): void {
  const challenges = bearerChallenges(headers.get('www-authenticate'));
  const insufficient = challenges.filter(({ error }) => error === 'insufficient_scope');
  if (insufficient.length === 0) return;
  const scopes = insufficient.find((one) => one.scopes !== null)?.scopes ?? [];
  const which =
    scopes.length > 0
      ? `: ${quote(scopes.join(' '), 200)}. Call`
      : ', and does not say which. Look up its scopes, and call';
  throw new ConnectionsError(
    'insufficient_scope',
    `The API of connection ${quote(connectionName)} requires scopes that the token does not have${which} \`authorize\` with ` +
      'these `scopes`, and send the user there.',
    { connectionName, scopes },
  );
}
