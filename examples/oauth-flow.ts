/**
 * The life of a user's tokens, with a real authorization server on this machine: authorized, expired, renewed once for two
 * processes, encrypted under a new key, given back. Run it with `npm run example:oauth`. No secret is printed.
 */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Connections, ConnectionsError, MetadataStore } from 'mcp-connections';
import { ConnectionOAuthState, UserConnectionToken } from 'mcp-connections';
import { AuthorizationServer, CLIENT_SECRET } from '../test/setup/authorization-server';
import { say, shortened, show, showAddress, showRow, step } from './oauth-print';
import type { ReplicaAnswer } from './oauth-replica';
import { CONNECTION, USER, openConnections, openStore } from './oauth-service';

const HOUR_MS = 3_600_000;
const newKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const digestOf = (token: string) => createHash('sha256').update(token).digest('hex').slice(0, 8);

const closing: (() => Promise<unknown>)[] = [];
try {
  const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-example-'));
  closing.unshift(() => rm(folder, { recursive: true }));
  const database = join(folder, 'app.sqlite');
  const server = await AuthorizationServer.start();
  closing.unshift(() => server.stop());
  const [k1, k2] = [newKey('k1'), newKey('k2')];
  process.env['TRACKER_CLIENT_SECRET'] = CLIENT_SECRET;
  const store = await openStore({ database, issuer: server.issuer });
  closing.unshift(() => store.close());
  const connect = (keys: string) => {
    const connections = openConnections(store, keys);
    closing.unshift(() => connections.close());
    return connections;
  };

  const connections = connect(k1);
  await authorize(connections, store, server);
  await letExpire(store);
  await refreshFromTwoProcesses(store, server, database, k1);
  const rotated = await rotateKeys(connect(`${k2},${k1}`), connect(k2), store);
  await disconnect(rotated, store, server);
} finally {
  for (const close of closing) await close();
}

async function authorize(connections: Connections, store: MetadataStore, server: AuthorizationServer) {
  step(1, 'The user is sent to the authorization server.');
  const returnTo = 'https://app.example.test/settings';
  const { authorizationUrl } = await connections.authorize(USER, CONNECTION, { returnTo });
  showAddress(authorizationUrl);
  const [state] = await store.dataSource.getRepository(ConnectionOAuthState).find();
  say('Our database has the flow, with a digest for the state and the PKCE verifier encrypted:');
  show('state', `${state?.state.length} characters of SHA-256`);
  show('code_verifier', shortened(state?.codeVerifier ?? ''));

  step(
    2,
    'The user logs in and consents; here the example follows the redirects. The server sends the user back:',
  );
  const callback = await server.visit(authorizationUrl);
  showAddress(callback);

  step(3, 'The service turns the code into tokens, and keeps them encrypted.');
  const { scopes, returnTo: destination } = await connections.complete(callback, { userId: USER });
  show('scopes', scopes.join(' '));
  show('send the user to', destination ?? '');
  const replay = await connections.complete(callback, { userId: USER }).then(
    () => 'connected',
    (error: ConnectionsError) => error.code,
  );
  show('the same callback again', replay);
  say('The row of the tokens; v1 is the format, then comes the id of the key:');
  await showRow(store);
}

async function letExpire(store: MetadataStore) {
  step(4, 'An hour passes: the example moves expires_at back.');
  const rows = store.dataSource.getRepository(UserConnectionToken);
  await rows.update({ userId: USER }, { expiresAt: new Date(Date.now() - HOUR_MS) });
  await showRow(store);
}

async function refreshFromTwoProcesses(
  store: MetadataStore,
  server: AuthorizationServer,
  database: string,
  keys: string,
) {
  step(
    5,
    'Two processes ask for the token at the same moment. A refresh token may be used once here:',
    'if both presented it, the server would take that for theft and end the grant.',
  );
  const requestsBefore = server.tokenRequests;
  const replica = new URL('oauth-replica.ts', import.meta.url);
  const env = { ...process.env, CONNECTION_KEYS: keys };
  const children = [1, 2].map(() => fork(replica, [database, server.issuer], { env }));
  try {
    await Promise.all(children.map((child) => messageOf<'ready'>(child)));
    const answers = children.map((child) => messageOf<ReplicaAnswer>(child));
    for (const child of children) child.send('go');
    for (const [index, { digest, hasRefreshed }] of (await Promise.all(answers)).entries()) {
      const how = hasRefreshed ? 'asked the server' : 'waited for the other';
      show(`process ${index + 1}`, `token with digest ${digest}, ${how}`);
    }
    await Promise.all(children.map(async (child) => child.exitCode ?? once(child, 'exit')));
  } finally {
    for (const child of children) child.kill();
  }
  show('the server', `${server.tokenRequests - requestsBefore} refresh seen, ${server.refreshes} answered`);
  show('the grant', server.revokedGrants.length === 0 ? 'alive' : 'ended');
  await showRow(store);
}

async function rotateKeys(both: Connections, newOnly: Connections, store: MetadataStore) {
  step(6, 'The key is rotated: k2 encrypts from now on, k1 still opens what it encrypted.');
  const { rewritten, failed } = await both.reencrypt();
  show('reencrypt', `${rewritten} rewritten, ${failed} failed`);
  await showRow(store);
  const { accessToken } = await newOnly.getAccessToken(USER, CONNECTION);
  say('Nothing needs k1 any more. With k2 alone:');
  show('token', `opens, digest ${digestOf(accessToken)}`);
  return newOnly;
}

async function disconnect(connections: Connections, store: MetadataStore, server: AuthorizationServer) {
  step(7, 'The user disconnects: the tokens are given back (RFC 7009) and the row is deleted.');
  const { accessToken } = await connections.getAccessToken(USER, CONNECTION);
  const { removed, revocation } = await connections.disconnect(USER, CONNECTION);
  const isLive = await server.isLive(accessToken);
  show('disconnect', `removed: ${removed}, revocation: ${revocation}`);
  show('the server', isLive ? 'still takes the token' : 'does not take the token any more');
  show('rows left', String(await store.dataSource.getRepository(UserConnectionToken).count()));
}

/** The next message of a child, or an error when it ends without one. */
async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as Message));
    child.once('exit', (code) => reject(new Error(`A process ended with code ${code} before it answered`)));
  });
}
