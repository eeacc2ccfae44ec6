/** The ways to sync that one writes with a TypeORM repository: row by row, all by `save`, all by `upsert`. */
import { randomUUID } from 'node:crypto';
import type { ConnectionDefinition } from 'mcp-connections';
import { ConnectionConfig } from 'mcp-connections';
import type { ParsedConnections } from 'mcp-connections/sync';
import type { DataSource } from 'typeorm';

const CHUNK = 500;

export type Sync = (declared: ParsedConnections) => Promise<void>;

/** What is often written first: look for each row, then save it. */
export function naive(dataSource: DataSource): Sync {
  const repo = dataSource.getRepository(ConnectionConfig);
  return async (declared) => {
    for (const definition of declared.connections.values()) {
      const stored = await repo.findOneBy({ name: definition.name });
      const fields = fieldsOf(definition);
      await repo.save(stored ? repo.merge(stored, fields) : repo.create({ ...fields, ...born() }));
    }
  };
}

export function saveAll(dataSource: DataSource): Sync {
  const repo = dataSource.getRepository(ConnectionConfig);
  return async (declared) => {
    const stored = new Map((await repo.find()).map((row) => [row.name, row]));
    const rows = [...declared.connections.values()].map((definition) => {
      const row = stored.get(definition.name);
      const fields = fieldsOf(definition);
      return row ? repo.merge(row, fields) : repo.create({ ...fields, ...born() });
    });
    await repo.save(rows, { chunk: CHUNK });
  };
}

export function upsertAll(dataSource: DataSource): Sync {
  return async (declared) => {
    const rows: object[] = [...declared.connections.values()].map((definition) =>
      Object.assign(fieldsOf(definition), born()),
    );
    await dataSource.transaction(async (manager) => {
      for (let start = 0; start < rows.length; start += CHUNK) {
        await manager.upsert(ConnectionConfig, rows.slice(start, start + CHUNK), ['name']);
      }
    });
  };
}

function fieldsOf({ oauth, ...definition }: ConnectionDefinition) {
  const secret = oauth?.clientSecret?.kind === 'env' ? { client_secret_env: oauth.clientSecret.name } : {};
  return {
    name: definition.name,
    displayName: definition.displayName,
    description: definition.description,
    url: definition.url,
    transport: definition.transport,
    authType: definition.authType,
    oauthClientId: oauth?.clientId ?? null,
    oauthAuthorizeUrl: oauth?.authorizeUrl ?? null,
    oauthTokenUrl: oauth?.tokenUrl ?? null,
    oauthRedirectUri: oauth?.redirectUri ?? null,
    oauthScopes: oauth?.scopes.join(' ') ?? null,
    oauthOptions: { ...oauth?.options, ...secret },
    iconUrl: definition.iconUrl,
    extraConfig: definition.extraConfig,
    managedBy: 'default',
    removedAt: null,
  };
}

/** The rest of a new row. `upsert` replaces these too: it cannot tell a new row from one that is there. */
function born() {
  return { id: randomUUID(), enabled: true, createdAt: new Date(), updatedAt: new Date() };
}
