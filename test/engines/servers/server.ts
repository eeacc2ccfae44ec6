/** The interface of a server that the run starts, and what it runs on: packages, a user without rights, a free port. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

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

const execute = promisify(execFile);

/** Database servers refuse to run as root, so root starts them as `nobody`. */
const NOBODY = { uid: 65_534, gid: 65_534 };
const isRoot = process.getuid?.() === 0;
export const unprivileged: { readonly uid?: number; readonly gid?: number } = isRoot ? NOBODY : {};

/** Lets the user that servers run as own a folder with everything in it. */
export async function giveAway(folder: string): Promise<void> {
  if (isRoot) await execute('chown', ['-R', `${NOBODY.uid}:${NOBODY.gid}`, folder]);
}

/** Runs a program to its end as the user that servers run as. */
export async function runUnprivileged(
  program: string,
  args: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<void> {
  await execute(program, [...args], { cwd, signal, ...unprivileged });
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
  await execute('npm', ['install', ...quietly, `${name}@${version}`], { cwd: folder, signal });
  await execute('chmod', ['-R', 'a+rX', folder], { signal });
  return join(folder, 'node_modules', name);
}

/** A port at 127.0.0.1 that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
