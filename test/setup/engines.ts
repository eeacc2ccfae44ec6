/** Finds out, once a run, which engines can be tested here. SQLite always can; a server that does not answer is left out. */
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';
import type { TestProject } from 'vitest/node';
import { mariadbUrl, postgresUrl } from './servers';

declare module 'vitest' {
  export interface ProvidedContext {
    engines: readonly string[];
  }
}

const PROBE_MS = 3_000;

const probes: Readonly<Record<string, () => Promise<void>>> = {
  postgres: async () => {
    const client = new Client({ connectionString: postgresUrl, connectionTimeoutMillis: PROBE_MS });
    await client.connect();
    await client.end();
  },
  mariadb: async () => {
    const connection = await createConnection({ uri: mariadbUrl, connectTimeout: PROBE_MS });
    await connection.end();
  },
};

export default async function setup(project: TestProject): Promise<void> {
  const engines = ['sqlite'];
  const missing: string[] = [];
  for (const [name, probe] of Object.entries(probes)) {
    const answer = await probe().then(
      () => 'up',
      (error: unknown) => (error as { code?: string }).code ?? String(error),
    );
    if (answer === 'up') engines.push(name);
    else missing.push(`${name} (${answer})`);
  }
  process.env['ENGINES_RUN'] = engines.join(', ');
  process.env['ENGINES_LEFT_OUT'] = missing.join(', ');
  if (missing.length > 0 && process.env['REQUIRE_ALL_ENGINES'] === '1') {
    throw new Error(
      `REQUIRE_ALL_ENGINES is set and these do not answer: ${missing.join(', ')}. ` +
        `Start them, or point TEST_POSTGRES_URL (now ${postgresUrl}) and TEST_MARIADB_URL (now ${mariadbUrl}) at them.`,
    );
  }
  project.provide('engines', engines);
}
