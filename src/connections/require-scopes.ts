/** Reads from the answer of an API which scopes a token lacks (RFC 6750 section 3.1). */
import { ConnectionsError, quote } from '../errors';
import { bearerChallenges } from '../oauth/challenge';

/** @throws ConnectionsError `insufficient_scope`, with `scopes` */
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
