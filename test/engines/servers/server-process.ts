/** The process of a server: it counts as started when it answers, and is stopped by its own id, also when the run fails. */
import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { unprivileged } from './server';

export interface ServerProcess {
  /** What `greet` returned. */
  readonly version: string;
  stop(): Promise<void>;
}

interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The signal with which this server ends at once and in order. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** Asks the server for its version; fails until it answers. */
  readonly greet: () => Promise<string>;
  readonly signal: AbortSignal;
}

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 10_000;
const BETWEEN_GREETINGS_MS = 100;

/** @throws when the process ends, or does not answer within half a minute; it is gone then */
export async function launch(how: Launch): Promise<ServerProcess> {
  const { program, args, cwd, environment, stopSignal, greet, signal } = how;
  const child = spawn(program, [...args], {
    cwd,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...unprivileged,
  });
  let said = '';
  let isGone = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2_000)));
  }
  const killAtExit = () => void child.kill('SIGKILL');
  process.once('exit', killAtExit);
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      said += error.message;
      isGone = true;
      resolve();
    });
    child.once('exit', () => {
      isGone = true;
      process.off('exit', killAtExit);
      resolve();
    });
  });

  async function stop(): Promise<void> {
    if (isGone) return;
    child.kill(stopSignal);
    const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
    await gone;
    clearTimeout(late);
  }

  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    try {
      return { version: await greet(), stop };
    } catch (error) {
      if (!isGone && Date.now() < deadline && !signal.aborted) {
        await wait(BETWEEN_GREETINGS_MS);
        continue;
      }
      await stop();
      throw new Error(`${program} did not answer: ${String(error)}. It said: ${said.trim()}`, {
        cause: error,
      });
    }
  }
}
