/** The programs that are compared on one engine, each with its own open connection. */
import { ConnectionConfig, syncConnectionConfigs } from 'mcp-connections';
import type { DataSource } from 'typeorm';
import type { EngineName } from '../engines';
import type { FloorDatabase } from './floor/floor';
import { syncAtTheFloor } from './floor/floor';
import { openMariadb } from './floor/mariadb';
import { openPostgres } from './floor/postgres';
import { openSqlite } from './floor/sqlite';
import type { Sync } from './orm';
import { naive, saveAll, upsertAll } from './orm';

export const variantNames = ['floor', 'ours', 'naive', 'save', 'upsert'] as const;
export type VariantName = (typeof variantNames)[number];

const floors: Readonly<Record<EngineName, (address: string) => FloorDatabase | Promise<FloorDatabase>>> = {
  sqlite: openSqlite,
  postgres: openPostgres,
  mariadb: openMariadb,
};

export interface Variants {
  readonly syncs: Readonly<Record<VariantName, Sync>>;
  close(): Promise<void>;
}

export async function openVariants(
  engine: EngineName,
  dataSource: DataSource,
  address: string,
): Promise<Variants> {
  const database = await floors[engine](address);
  const repo = dataSource.getRepository(ConnectionConfig);
  return {
    syncs: {
      floor: (declared) => syncAtTheFloor(declared, database),
      ours: async (declared) => void (await syncConnectionConfigs(declared, repo)),
      naive: naive(dataSource),
      save: saveAll(dataSource),
      upsert: upsertAll(dataSource),
    },
    close: async () => database.close(),
  };
}
