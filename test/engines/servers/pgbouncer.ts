/** PgBouncer from Debian's package, before a PostgreSQL that runs already. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestServer } from './server';
import { execute, giveAway } from './server';
import { launch } from './server-process';
import { postgresVersion } from './postgres';

interface Pooling {
  readonly mode: 'session' | 'transaction';
  /** How many statements PgBouncer keeps prepared for a connection; 1.21 and later know the setting. */
  readonly maxPreparedStatements?: number;
}

/** @param backend URL of the PostgreSQL */
export function pgbouncer(backend: string, pooling: Pooling): TestServer {
  return {
    name: 'pgbouncer',
    async start(folder, port, signal) {
      const own = await pgbouncerVersion(signal);
      const settings = join(folder, 'pgbouncer.ini');
      await writeFile(settings, settingsOf(new URL(backend), port, pooling));
      await giveAway(folder, signal);
      const url = new URL(backend);
      url.port = String(port);
      url.hostname = '127.0.0.1';
      const started = await launch({
        program: 'pgbouncer',
        args: [settings],
        cwd: folder,
        stopSignal: 'SIGTERM',
        greet: () => postgresVersion(url.href),
        signal,
      });
      const version = `${own}, PostgreSQL ${started.version.split(' ')[0]}`;
      return { ...started, url: url.href, version };
    },
  };
}

/** The installed version; root installs the package if it is not there. */
export async function pgbouncerVersion(signal: AbortSignal): Promise<string> {
  const ask = async () => {
    const said = await execute('pgbouncer', ['--version'], signal);
    return /PgBouncer (\S+)/.exec(said)?.[1] ?? said.trim();
  };
  try {
    return await ask();
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ENOENT' || process.getuid?.() !== 0) throw error;
    await execute('apt-get', ['install', '--yes', '--no-install-recommends', 'pgbouncer'], signal);
    return ask();
  }
}

function settingsOf({ hostname, port, username }: URL, own: number, pooling: Pooling): string {
  const { mode, maxPreparedStatements } = pooling;
  const lines = [
    '[databases]',
    `* = host=${hostname} port=${port || '5432'} user=${username}`,
    '[pgbouncer]',
    'listen_addr = 127.0.0.1',
    `listen_port = ${own}`,
    'unix_socket_dir =',
    'auth_type = any',
    `pool_mode = ${mode}`,
    'max_client_conn = 500',
    // Few, so that the clients of a transaction pool meet on the same connections.
    `default_pool_size = ${mode === 'session' ? 50 : 10}`,
  ];
  if (maxPreparedStatements !== undefined) lines.push(`max_prepared_statements = ${maxPreparedStatements}`);
  return `${lines.join('\n')}\n`;
}
