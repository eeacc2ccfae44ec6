/** Instants written in one time zone and read in another: by a sync into the connections, by a repository into the tokens. */
import { randomUUID } from 'node:crypto';
import { ConnectionConfig, UserConnectionToken } from '../../../src/entities';
import { syncConnectionConfigs } from '../../../src/sync/sync';
import type { Connection } from '../in-every-job';
import type { InstantsOutcome, ReadInstantsJob, WriteInstantsJob } from '../job';
import type { MetadataStore } from '../../../src/store/metadata-store';
import { withStore } from './store';

const nameOf = (index: number) => `c${String(index).padStart(3, '0')}`;

export function writeInstants({ connection, zone, instants }: WriteInstantsJob): Promise<InstantsOutcome> {
  return inZone(zone, connection, async ({ dataSource }) => {
    const tokens = dataSource.getRepository(UserConnectionToken);
    const entry = { url: 'https://mcp.example.test/mcp', auth_type: 'oauth2' } as const;
    for (const [index, instant] of instants.entries()) {
      const at = new Date(instant);
      const connectionName = nameOf(index);
      await syncConnectionConfigs(
        { mcpServers: { [connectionName]: entry } },
        dataSource.getRepository(ConnectionConfig),
        { source: connectionName, now: () => at },
      );
      await tokens.insert({
        id: randomUUID(),
        userId: 'ada',
        connectionName,
        account: 'default',
        accessTokenEncrypted: 'x',
        expiresAt: at,
        createdAt: at,
        updatedAt: at,
      });
    }
    return [];
  });
}

export function readInstants({ connection, zone }: ReadInstantsJob): Promise<InstantsOutcome> {
  return inZone(zone, connection, async ({ dataSource }) => {
    const connections = await dataSource.getRepository(ConnectionConfig).find({ order: { name: 'ASC' } });
    const tokens = await dataSource
      .getRepository(UserConnectionToken)
      .find({ order: { connectionName: 'ASC' } });
    return connections.map(({ createdAt }, index) => ({
      connection: createdAt.toISOString(),
      token: tokens[index]?.expiresAt?.toISOString() ?? 'nothing',
    }));
  });
}

/** The process is as if started there, and goes back to where it was. */
async function inZone(
  zone: string,
  connection: Connection,
  work: (store: MetadataStore) => Promise<InstantsOutcome['read']>,
): Promise<InstantsOutcome> {
  const { TZ: before } = process.env;
  process.env['TZ'] = zone;
  try {
    const read = await withStore(connection, work);
    return { offsetMinutes: new Date(2025, 0, 1).getTimezoneOffset(), read };
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}
