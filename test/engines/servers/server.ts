/** The interface of a server that the run starts, and what it runs on: packages, and a user without rights. */
import type { ExecFileOptions } from 'node:child_process';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface RunningServer {
  /** Of a database to test in. */
  readonly url: string;
  /** As the server says it. */
  readonly version: string;
  stop(): Promise<void>;
}

export interface TestServer {
  readonly name: string;
  /**
   * @param folder an empty one of its own, which the caller removes
   * @param port a free one at 127.0.0.1
   * @param signal ends what has not started yet
   */
  start(folder: string, port: number, signal: AbortSignal): Promise<RunningServer>;
}

/** How long a connection to a server that starts may take; then it is tried again. */
export const GREETING_MS = 3_000;

/** Database servers refuse to run as root, so root starts them as `nobody`. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
export const unprivileged: { readonly uid?: number; readonly gid?: number } = isRoot ? NOBODY : {};

/**
 * Runs a program to its end, which the signal brings about.
 * @returns what it printed
 */
export function execute(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  options: ExecFileOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    // Not by the option `signal`, which does not wait until the process is gone.
    const end = () => void child.kill();
    const child = execFile(program, [...args], options, (error, stdout) => {
      signal.removeEventListener('abort', end);
      if (error) reject(error);
      else resolve(String(stdout));
    });
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** Lets the user that servers run as own a folder with everything in it. */
export async function giveAway(folder: string, signal: AbortSignal): Promise<void> {
  if (isRoot) await execute('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder], signal);
}

/** Installs one package without running its scripts. @returns its folder, readable for everyone */
export async function installPackage(
  folder: string,
  name: string,
  version: string,
  signal: AbortSignal,
): Promise<string> {
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const quietly = ['--no-save', '--ignore-scripts', '--no-audit', '--no-fund'];
  await execute('npm', ['install', ...quietly, `${name}@${version}`], signal, { cwd: folder });
  await execute('chmod', ['-R', 'a+rX', folder], signal);
  return join(folder, 'node_modules', name);
}
