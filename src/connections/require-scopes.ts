/** Reads from the answer of an API which scopes a token lacks (RFC 6750 section 3.1). */
import { ConnectionsError, quote } from '../errors';
import { readChallenge } from '../oauth/challenge';

/** @throws ConnectionsError `insufficient_scope`, with `scopes` */
export function requireScopes(connectionName: string, headers: Pick<Headers, 'get'>): void {
  const challenge = readChallenge(headers.get('www-authenticate'));
  if (challenge?.error !== 'insufficient_scope') return;
  const scopes = challenge.scopes ?? [];
  throw new ConnectionsError(
    'insufficient_scope',
    `The API of connection ${quote(connectionName)} requires scopes that the token does not have: ` +
      `${quote(scopes.join(' '), 200)}. Call \`authorize\` with these \`scopes\`, and send the user there.`,
    { connectionName, scopes },
  );
}
