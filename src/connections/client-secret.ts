/** The secret of a client, read at the moment at which it is needed. */
import { type SecretReference, type SecretResolver, resolveSecret } from '../config/secrets';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { OAuthClient } from '../oauth/token-endpoint.js';
import type { Client } from './clients';
import { incomplete } from './provider';

/** @throws ConnectionsError `secret_unresolved`, or `connection_incomplete` without a client */
export async function withSecret(connectionName: string, { id, secret }: Client): Promise<OAuthClient> {
  if (id === null) throw incomplete(connectionName, 'client_id');
  return { id, secret: await secret() };
}

/** @throws ConnectionsError `secret_unresolved`, which names the connection */
export async function declaredSecret(
  name: string,
  reference: SecretReference,
  resolver: SecretResolver | undefined,
): Promise<string> {
  try {
    return await resolveSecret(reference, resolver);
  } catch (error) {
    if (!isConnectionsError(error, 'secret_unresolved')) throw error;
    throw new ConnectionsError(error.code, `Connection ${quote(name)} cannot be used. ${error.message}`);
  }
}
