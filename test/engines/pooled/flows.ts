/** Two services over one database, in this process: a flow begins at one, and its callback reaches both five times. */
import { randomBytes } from 'node:crypto';
import type { DataSourceOptions } from 'typeorm';
import { Connections } from '../../../src/connections/connections';
import { isConnectionsError } from '../../../src/errors';
import { MetadataStore } from '../../../src/store/metadata-store';
import { keyRing } from '../../../src/tokens/key-ring';
import type { Context } from '../../faults/context';
import type { Connection } from '../../faults/in-every-job';
import { type Result, Findings } from '../../faults/result';
import { AuthorizationServer, CLIENT_ID, CLIENT_SECRET } from '../../setup/authorization-server';
import { declaration, entry } from '../../setup/declarations';
import { recordingLogger } from '../../setup/recording-logger';

const FLOWS = 5;
const CALLBACKS = 5;

interface Service {
  readonly store: MetadataStore;
  readonly connections: Connections;
}

export async function flows({ database, preparedStatements }: Context): Promise<Result> {
  const findings = new Findings();
  const { connection } = await database();
  const server = await AuthorizationServer.start();
  const cipher = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
  const services: Service[] = [];
  try {
    for (let service = 0; service < 2; service += 1) {
      const store = storeOn(connection, server);
      const connections = new Connections(store, {
        cipher,
        publicUrl: 'https://api.example.test',
        logger: recordingLogger(),
        ...(preparedStatements !== undefined && { preparedStatements }),
      });
      services.push({ store, connections });
      await store.initialize();
    }
    for (let flow = 1; flow <= FLOWS; flow += 1)
      await connectOnce(findings, server, services, `user-${flow}`);
  } finally {
    for (const { store, connections } of services) {
      await connections.close();
      await store.close();
    }
    await server.stop();
  }
  return findings.result;
}

function storeOn(connection: Connection, server: AuthorizationServer): MetadataStore {
  const oauth_config = {
    client_id: CLIENT_ID,
    client_secret: CLIENT_SECRET,
    authorize_url: `${server.issuer}/auth`,
    token_url: server.tokenUrl,
    scopes: 'openid offline_access read',
    authorize_params: { prompt: 'consent' },
  };
  return new MetadataStore({
    dataSource: connection as unknown as DataSourceOptions,
    config: declaration({ atlassian: entry({ oauth_config }) }),
    logger: recordingLogger(),
  });
}

/** One callback of all is taken; the others are told that the flow is over. */
async function connectOnce(
  findings: Findings,
  server: AuthorizationServer,
  services: readonly Service[],
  userId: string,
): Promise<void> {
  findings.countRound();
  const [first, second] = services;
  if (!first || !second) return;
  const { authorizationUrl } = await first.connections.authorize(userId, 'atlassian');
  const callback = await server.visit(authorizationUrl);
  const outcomes = await Promise.allSettled(
    services.flatMap(({ connections }) =>
      Array.from({ length: CALLBACKS }, () => connections.complete(callback, { userId })),
    ),
  );
  const taken = outcomes.filter(({ status }) => status === 'fulfilled').length;
  if (taken !== 1) findings.isWrong(`${userId}: ${taken} callbacks were taken`);
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled' || isConnectionsError(outcome.reason, 'state_unknown')) continue;
    findings.isWrong(`${userId}: a callback failed with ${String(outcome.reason)}`);
  }
  for (const { connections } of services) {
    try {
      const { accessToken } = await connections.getAccessToken(userId, 'atlassian');
      if (!(await server.isLive(accessToken))) findings.isLost(`${userId}: the token is dead`);
    } catch (error) {
      findings.isLost(`${userId}: no token: ${String(error)}`);
    }
  }
}
