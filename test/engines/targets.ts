/** What can be named on the command line, and what runs for it. */
import { mkdtemp, rm, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../setup/free-port';
import { postgresUrl } from '../setup/servers';
import type { Pooled } from './pooled/journey';
import { journey } from './pooled/journey';
import type { Row } from './row';
import { mysql56 } from './servers/mysql56';
import { pgbouncer, pgbouncerVersion } from './servers/pgbouncer';
import { postgresServer } from './servers/postgres';
import type { RunningServer, TestServer } from './servers/server';
import { runSuite } from './suite';

type Counts = Pick<Row, 'passed' | 'failed' | 'skipped' | 'findings'>;
type Target = (signal: AbortSignal) => Promise<readonly Row[]>;

const laterMysql = join(import.meta.dirname, 'later-mysql.cjs');

export const targets: Readonly<Record<string, Target>> = {
  ...suiteTarget('postgres', postgresServer('pg12', '12.22.0-beta.15')),
  ...suiteTarget('postgres', postgresServer('pg13', '13.23.0-beta.16')),
  ...suiteTarget('postgres', postgresServer('pg14', '14.23.0-beta.17')),
  ...suiteTarget('postgres', postgresServer('pg15', '15.18.0-beta.17')),
  ...suiteTarget('postgres', postgresServer('pg16', '16.14.0-beta.17')),
  ...suiteTarget('postgres', postgresServer('pg17', '17.10.0-beta.17')),
  ...suiteTarget('postgres', postgresServer('pg18', '18.4.0-beta.17')),
  pgbouncer: pgbouncerTarget,
  ...suiteTarget('mariadb', mysql56, laterMysql),
};

/** The suite against one server. */
function suiteTarget(
  engine: 'postgres' | 'mariadb',
  server: TestServer,
  preload?: string,
): Readonly<Record<string, Target>> {
  const ran = preload === undefined ? 'whole suite' : 'whole suite, tables as in 5.7.9';
  const target: Target = async (signal) => [
    await rowOf(server, ran, signal, async ({ url }, folder) => {
      const { onServer, failures, ...counts } = await runSuite(engine, url, folder, signal, preload);
      if (onServer > 0) return { ...counts, findings: [`${onServer} tests on the server`, ...failures] };
      return { ...counts, failed: counts.failed + 1, findings: ['no test ran on the server', ...failures] };
    }),
  ];
  return { [server.name]: target };
}

/** The journey through PgBouncer, once for each way of pooling. */
async function pgbouncerTarget(signal: AbortSignal): Promise<readonly Row[]> {
  const ways = [
    { ran: 'session', mode: 'session' },
    { ran: 'transaction', mode: 'transaction' },
    { ran: 'transaction, preparedStatements: false', mode: 'transaction', preparedStatements: false },
    { ran: 'transaction, max_prepared_statements', mode: 'transaction', maxPreparedStatements: 200 },
  ] as const;
  const rows: Row[] = [];
  for (const { ran, ...way } of ways) {
    const version = await pgbouncerVersion(signal).catch(() => undefined);
    if ('maxPreparedStatements' in way && version !== undefined && !keepsPrepared(version)) {
      const findings = ['PgBouncer 1.21 and later have this setting'];
      const row = { ...nothing, server: 'pgbouncer', ran: `${ran}: skipped`, findings };
      rows.push({ ...row, version, isBad: false });
      continue;
    }
    rows.push(
      await rowOf(pgbouncer(postgresUrl, way), ran, signal, ({ url }) => travelled({ url, ...way }, signal)),
    );
  }
  return rows;
}

function keepsPrepared(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > 1 || minor >= 21;
}

async function travelled(pooled: Pooled, signal: AbortSignal): Promise<Counts> {
  const all = await journey(pooled, signal);
  const bad = all.filter(({ findings }) => findings.length > 0);
  return {
    passed: all.length - bad.length,
    failed: bad.length,
    skipped: 0,
    findings: bad.map(
      ({ scenario, typeorm, findings }) =>
        `${scenario} (${typeorm}), ${findings.length} findings, the first: ${findings[0]}`,
    ),
  };
}

const nothing = { version: '-', passed: 0, failed: 0, skipped: 0, seconds: 0 };

/** Starts a server, lets the work run, and stops the server and removes its folder whatever happens. */
async function rowOf(
  server: TestServer,
  ran: string,
  signal: AbortSignal,
  work: (running: RunningServer, folder: string) => Promise<Counts>,
): Promise<Row> {
  const about = { ...nothing, server: server.name, ran };
  const folder = await mkdtemp(join(tmpdir(), `mcp-connections-${server.name}-`));
  // Another user than this one runs the server.
  await chmod(folder, 0o755);
  let running: RunningServer | undefined;
  try {
    running = await server.start(folder, await freePort(), signal);
    const { version } = running;
    console.log(`\n${server.name} ${version}, ${ran}`);
    const began = Date.now();
    const counts = await work(running, folder);
    const seconds = (Date.now() - began) / 1000;
    return { ...about, version, ...counts, seconds, isBad: counts.failed > 0 };
  } catch (error) {
    const version = running?.version ?? '-';
    const why = running ? 'did not come to an end' : 'skipped, could not be started';
    return { ...about, version, ran: `${ran}: ${why}`, findings: [String(error)], isBad: true };
  } finally {
    await running?.stop();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
