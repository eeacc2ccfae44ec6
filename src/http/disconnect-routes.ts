/** Routes that disconnect a user: one account, or every account at a connection. */
import { checkedReturnTo } from '../connections/flow/destinations';
import { addressAfterDisconnection } from './afterwards';
import { json, seeOther } from './answers';
import type { AnyCall } from './call';
import { displayNameOf } from './call';
import type { DisconnectionJson } from './json';

export async function disconnect(call: AnyCall, userId: string): Promise<Response> {
  return json(await disconnection(call, userId, call.url.searchParams.get('account')));
}

export async function disconnectByForm(
  call: AnyCall,
  userId: string,
  fields: URLSearchParams,
): Promise<Response> {
  const wanted = fields.get('return_to');
  const returnTo = wanted ? checkedReturnTo(wanted, call.service.connections.addresses.returnOrigins) : null;
  const done = await disconnection(call, userId, fields.get('account'));
  const address = addressAfterDisconnection(call, returnTo);
  return address === null ? json(done) : seeOther(address);
}

/** @param account null or empty for every account of the user there */
async function disconnection(
  { service, connectionName }: AnyCall,
  userId: string,
  account: string | null,
): Promise<DisconnectionJson> {
  const { connections } = service;
  let isRemoved = false;
  for (const each of account ? [account] : await accountsOf(service.connections, userId, connectionName)) {
    const { removed } = await connections.disconnect(userId, connectionName, { account: each });
    isRemoved ||= removed;
  }
  const name = await displayNameOf(service, connectionName);
  return {
    message: isRemoved ? `${name} is disconnected.` : `${name} was not connected.`,
    connection_name: connectionName,
    disconnected: isRemoved,
  };
}

/** Of a connection that is no longer declared, only the account without a name is known. */
async function accountsOf(
  connections: AnyCall['service']['connections'],
  userId: string,
  connectionName: string,
): Promise<(string | undefined)[]> {
  const listed = (await connections.list(userId)).find(({ name }) => name === connectionName);
  return listed && listed.accounts.length > 0 ? listed.accounts.map(({ account }) => account) : [undefined];
}
