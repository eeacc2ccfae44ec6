/** Runs a program for a test and gives back what it printed; when its time is up, all that it started is ended. */
import { spawn } from 'node:child_process';

export interface Running {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds; default four minutes. */
  readonly timeout?: number;
}

/** What a program shall not see: it would act as a test of vitest, or as a script of this package. */
const OURS =
  /^(NODE_ENV|NODE_OPTIONS|NODE_PATH|VITEST.*|TEST|npm_(package|lifecycle|command|execpath|node_execpath).*|npm_config_local_prefix)$/;

const groups = new Set<number>();
process.on('exit', () => groups.forEach(end));

/** @throws Error with the end of all that was printed, when the program failed */
export async function run(command: string, parameters: readonly string[], running: Running): Promise<string> {
  const { cwd, env = {}, timeout = 240_000 } = running;
  const inherited = Object.entries(process.env).filter(([name]) => !OURS.test(name));
  const child = spawn(command, parameters, {
    cwd,
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const group = child.pid;
  if (group !== undefined) groups.add(group);
  const timer = setTimeout(() => group !== undefined && end(group), timeout);
  let stdout = '';
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    printed += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  try {
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once('error', reject).once('close', (...ending) => resolve(ending));
    });
    if (code === 0) return stdout;
    const line = [command, ...parameters].join(' ');
    throw new Error(`${line}\nended with ${signal ?? code}:\n${printed.slice(-6000)}`);
  } finally {
    clearTimeout(timer);
    if (group !== undefined) groups.delete(group);
  }
}

function end(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
