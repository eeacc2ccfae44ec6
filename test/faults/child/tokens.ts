/** Serves tokens in this process for as long as its parent wants: one DataSource and one `Connections` at a time. */
import type { DataSourceOptions } from 'typeorm';
import { DataSource } from 'typeorm';
import { parseConnections } from '../../../src/config/parse';
import { connectionRegistry } from '../../../src/config/registry';
import { Connections } from '../../../src/connections/connections';
import { connectionEntities } from '../../../src/entities';
import { keyRing } from '../../../src/tokens/key-ring';
import type { ReencryptReport } from '../../../src/tokens/reencrypt';
import { failureOf } from '../in-every-job';
import type { AskTokensJob, ImportTokensJob, OpenConnectionsJob, Told } from '../token-job';
import { claimFor, haltAt, haltingFetch, pass } from './halt';

interface Opened {
  readonly dataSource: DataSource;
  readonly connections: Connections;
}

const EXPIRED = new Date('2020-01-01T00:00:00.000Z');

let opened: Opened | undefined;

export async function openConnections(job: OpenConnectionsJob): Promise<null> {
  const { connection, config, ring, clientSecret, requestTimeoutMs, leaseMs, preparedStatements } = job;
  claimFor(leaseMs);
  const dataSource = new DataSource({
    ...connection,
    entities: [...connectionEntities],
  } as DataSourceOptions);
  await dataSource.initialize();
  const silent = () => undefined;
  const connections = new Connections(
    { dataSource, registry: connectionRegistry(parseConnections(config)) },
    {
      cipher: keyRing(ring),
      fetch: haltingFetch,
      async resolveSecret() {
        await pass('at the client secret');
        return clientSecret;
      },
      ...(requestTimeoutMs !== undefined && { requestTimeoutMs }),
      ...(preparedStatements !== undefined && { preparedStatements }),
      logger: { debug: silent, info: silent, warn: silent, error: silent },
    },
  );
  opened = { dataSource, connections };
  return null;
}

export async function importTokens({ userId, accessToken, refreshToken }: ImportTokensJob): Promise<null> {
  const tokens = { accessToken, refreshToken, expiresAt: EXPIRED };
  // A user who connects again.
  const replaceSavedBefore = new Date('2100-01-01');
  await those().connections.importTokens(userId, 'atlassian', tokens, { replaceSavedBefore });
  return null;
}

export async function askTokens({ userIds, callers, halt }: AskTokensJob): Promise<readonly Told[]> {
  const { connections } = those();
  haltAt(halt);
  const ask = async (userId: string): Promise<Omit<Told, 'callers'>> => {
    try {
      const { accessToken } = await connections.getAccessToken(userId, 'atlassian');
      return { userId, accessToken, error: null };
    } catch (error) {
      return { userId, accessToken: null, error: failureOf(error) };
    }
  };
  const all = userIds.flatMap((userId) => Array.from({ length: callers }, () => ask(userId)));
  const same = new Map<string, Told>();
  for (const { userId, accessToken, error } of await Promise.all(all)) {
    const text = JSON.stringify([userId, accessToken, error]);
    const { callers: before } = same.get(text) ?? { callers: 0 };
    same.set(text, { userId, accessToken, error, callers: before + 1 });
  }
  haltAt(undefined);
  return [...same.values()];
}

export function reencrypt(): Promise<ReencryptReport> {
  return those().connections.reencrypt();
}

export async function closeConnections(): Promise<null> {
  const { connections, dataSource } = those();
  opened = undefined;
  await connections.close();
  await dataSource.destroy();
  return null;
}

function those(): Opened {
  if (!opened) throw new Error('No connections are open in this process');
  return opened;
}
