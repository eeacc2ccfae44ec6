/** Finds out which engines can be tested here: SQLite always, a server if it answers. */
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import { mariadbUrl, postgresUrl } from './servers';
import type { EngineName } from './engine-name';

const PROBE_MS = 3_000;

const probes: Readonly<Record<Exclude<EngineName, 'sqlite'>, () => Promise<void>>> = {
  async postgres() {
    const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: PROBE_MS });
    await client.connect();
    await client.end();
  },
  async mariadb() {
    const connection = await createConnection({ uri: mariadbUrl, connectTimeout: PROBE_MS });
    await connection.end();
  },
};

export async function availableEngines(): Promise<{
  readonly engines: readonly EngineName[];
  /** With what a probe of each failed with. */
  readonly leftOut: readonly string[];
}> {
  const engines: EngineName[] = ['sqlite'];
  const leftOut: string[] = [];
  for (const engine of ['postgres', 'mariadb'] as const) {
    try {
      await probes[engine]();
      engines.push(engine);
    } catch (error) {
      leftOut.push(`${engine} (${String((error as { readonly code?: unknown }).code ?? error)})`);
    }
  }
  return { engines, leftOut };
}
