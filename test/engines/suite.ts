/** Runs the whole suite with one server in place of the engine it is of, and no server for the other engine. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../setup/free-port';

export interface SuiteOutcome {
  /** Of all tests. */
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** Tests that ran on the server, as their names say. */
  readonly onServer: number;
  /** What failed, with the first line of the reason. */
  readonly failures: readonly string[];
}

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

const root = join(import.meta.dirname, '..', '..');
const variables = { postgres: 'TEST_POSTGRES_URL', mariadb: 'TEST_MARIADB_URL' } as const;

/**
 * @param engine under whose name the tests know the server
 * @param folder where the report goes
 * @param preload file that every process of the tests loads first
 */
export async function runSuite(
  engine: keyof typeof variables,
  url: string,
  folder: string,
  signal: AbortSignal,
  preload?: string,
): Promise<SuiteOutcome> {
  const json = join(folder, 'report.json');
  const { REQUIRE_ALL_ENGINES: _, ...inherited } = process.env;
  const nowhere = `127.0.0.1:${await freePort()}/test`;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const reporters = ['default', './test/setup/engines-reporter.ts', 'json'].map(
    (name) => `--reporter=${name}`,
  );
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, `--outputFile.json=${json}`], {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...inherited,
      TEST_POSTGRES_URL: `postgres://root@${nowhere}`,
      TEST_MARIADB_URL: `mysql://root@${nowhere}`,
      [variables[engine]]: url,
      ...(preload !== undefined && { NODE_OPTIONS: `--require ${preload}`, TEST_PRELOAD: preload }),
    },
  });
  const end = () => void child.kill('SIGTERM');
  signal.addEventListener('abort', end, { once: true });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  signal.removeEventListener('abort', end);
  signal.throwIfAborted();
  const outcome = outcomeOf(JSON.parse(await readFile(json, 'utf8')) as Report, engine);
  if (exitCode === 0 || outcome.failed > 0) return outcome;
  // An error that no test waited for is not in the report.
  const failures = [`the run ended with exit code ${String(exitCode)}: see above`];
  return { ...outcome, failed: 1, failures };
}

function outcomeOf(report: Report, engine: string): SuiteOutcome {
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults);
  const onServer = new RegExp(String.raw`[( ]${engine}\b`);
  const ran = tests.filter(({ status }) => status === 'passed' || status === 'failed');
  const unread = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unread.length,
    skipped: report.numPendingTests + report.numTodoTests,
    onServer: ran.filter(({ fullName }) => onServer.test(fullName)).length,
    failures: [
      ...tests
        .filter(({ status }) => status === 'failed')
        .map(({ fullName, failureMessages }) => `${fullName}: ${firstLine(failureMessages[0])}`),
      ...unread.map(({ name, message }) => `${name}: ${firstLine(message)}`),
    ],
  };
}

function firstLine(text = ''): string {
  return text.trim().split('\n')[0] ?? '';
}
