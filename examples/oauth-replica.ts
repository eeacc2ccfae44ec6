/**
 * One replica of the service, a process that `oauth-flow.ts` forks: it opens everything, says so, asks for the token
 * when it is told to, and answers with a digest of what it got.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { CONNECTION, USER, openConnections, openStore } from './oauth-service';

/** What a replica did, without the token itself. */
export interface ReplicaAnswer {
  readonly digest: string;
  /** Whether this process was the one that asked the authorization server. */
  readonly hasRefreshed: boolean;
}

const [database = '', issuer = ''] = process.argv.slice(2);
const store = await openStore({ database, issuer });
const connections = openConnections(store, process.env['CONNECTION_KEYS']);
let hasRefreshed = false;
connections.on('refreshed', () => (hasRefreshed = true));

// Opens the second connection to the file that tokens are read on, so that the call below does nothing else.
await connections.list(USER);
process.send?.('ready');
await once(process, 'message');
const { accessToken } = await connections.getAccessToken(USER, CONNECTION);
const digest = createHash('sha256').update(accessToken).digest('hex').slice(0, 8);
process.send?.({ digest, hasRefreshed } satisfies ReplicaAnswer);

await connections.close();
await store.close();
process.disconnect?.();
