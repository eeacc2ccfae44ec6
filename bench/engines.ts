/** A place for a benchmark on each engine: a file, a schema or a database of its own, removed afterwards. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DataSourceOptions } from 'typeorm';
import { mariadbUrl, postgresUrl, sendToMariadb, sendToPostgres } from '../test/setup/servers';

export const engineNames = ['sqlite', 'postgres', 'mariadb'] as const;
export type EngineName = (typeof engineNames)[number];

export interface Place {
  readonly options: DataSourceOptions;
  /** For a raw driver: a file or a URL. */
  readonly address: string;
  remove(): Promise<void>;
}

const name = `mcpc_bench_${process.pid}`;

const places: Readonly<Record<EngineName, () => Promise<Place>>> = {
  async sqlite() {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-connections-bench-'));
    const address = join(folder, 'bench.sqlite');
    return {
      options: { type: 'better-sqlite3', database: address },
      address,
      remove: () => rm(folder, { recursive: true }),
    };
  },

  async postgres() {
    await sendToPostgres(`CREATE SCHEMA ${name}`);
    const url = new URL(postgresUrl);
    url.searchParams.set('options', `-c search_path=${name}`);
    return {
      options: { type: 'postgres', url: postgresUrl, schema: name },
      address: url.href,
      remove: () => sendToPostgres(`DROP SCHEMA ${name} CASCADE`),
    };
  },

  async mariadb() {
    await sendToMariadb(`CREATE DATABASE ${name}`);
    const url = new URL(mariadbUrl);
    url.pathname = `/${name}`;
    return {
      options: { type: 'mariadb', url: url.href },
      address: url.href,
      remove: () => sendToMariadb(`DROP DATABASE ${name}`),
    };
  },
};

export function makePlace(engine: EngineName): Promise<Place> {
  return places[engine]();
}
