/** The child processes of one run: kept warm, each bounded in time and ended by its own pid, none left behind. */
import type { ChildProcess } from 'node:child_process';
import { fork } from 'node:child_process';
import type { Answer, GoOn, Job, Outcomes } from './job';

/** How a job ended. */
export type Ending<Outcome> =
  | { readonly how: 'answered'; readonly outcome: Outcome }
  | { readonly how: 'killed' }
  /** Neither answered nor ended in time. */
  | { readonly how: 'hung' }
  /** The job threw what no store should, or the process ended by itself. */
  | { readonly how: 'crashed'; readonly why: string };

export interface Circumstances {
  readonly limitMs?: number;
  /** The parent kills the process this long after it took the job. */
  readonly killAfterMs?: number;
  /** For a process of its own: environment on top of the parent's. */
  readonly environment?: Readonly<Record<string, string>>;
  /** For a process of its own: it gives up the rights of root before it takes the job. */
  readonly asNobody?: true;
  /** Called when the job waits at a place that it was told. */
  readonly onHalt?: () => void;
}

/** One process for several jobs, one at a time, that leave something open in it. */
export interface KeptProcess {
  run<Given extends Job>(
    job: Given,
    circumstances?: Pick<Circumstances, 'limitMs' | 'onHalt'>,
  ): Promise<Ending<Outcomes[Given['kind']]>>;
  /** Lets the job that waits at a place go on. */
  goOn(): void;
  kill(): void;
  /** It is used for other jobs, unless it has ended or a job of it went wrong. */
  giveBack(): void;
}

const LIMIT_MS = 20_000;

/** File that every process loads first, since NODE_OPTIONS is not handed down. */
const preload = process.env['TEST_PRELOAD'];

interface Child {
  readonly process: ChildProcess;
  readonly ready: Promise<void>;
  said: string;
}

export class Processes {
  private readonly all = new Set<Child>();
  private readonly idle: Child[] = [];
  private readonly deaths: string[] = [];
  private isClosed = false;

  constructor(private readonly program: string) {}

  /** Has that many processes waiting, so that jobs given at once really begin at once. */
  async warm(count: number): Promise<void> {
    while (this.idle.length < count) this.idle.push(this.spawn({}));
    await Promise.all(this.idle.map(({ ready }) => ready));
  }

  async run<Given extends Job>(
    job: Given,
    circumstances: Circumstances = {},
  ): Promise<Ending<Outcomes[Given['kind']]>> {
    const { environment, asNobody, killAfterMs } = circumstances;
    const isSpecial = environment !== undefined || asNobody === true;
    if (this.isClosed) throw new Error('The processes are closed');
    const child = (isSpecial ? undefined : this.idle.shift()) ?? this.spawn(circumstances);
    await child.ready;
    const ending = await this.give(child, job, circumstances);
    // A kill may be on its way to a process that has just answered.
    if (ending.how === 'answered' && !isSpecial && killAfterMs === undefined) this.idle.push(child);
    else child.process.kill('SIGKILL');
    return ending as Ending<Outcomes[Given['kind']]>;
  }

  async keep(): Promise<KeptProcess> {
    if (this.isClosed) throw new Error('The processes are closed');
    const child = this.idle.shift() ?? this.spawn({});
    await child.ready;
    let isOfUse = true;
    const kill = () => {
      isOfUse = false;
      child.process.kill('SIGKILL');
    };
    return {
      run: async <Given extends Job>(job: Given, circumstances: Circumstances = {}) => {
        const ending = await this.give(child, job, circumstances);
        if (ending.how !== 'answered') kill();
        return ending as Ending<Outcomes[Given['kind']]>;
      },
      goOn: () => child.process.send({ kind: 'go-on' } satisfies GoOn, () => undefined),
      kill,
      giveBack: () => {
        if (isOfUse && this.all.has(child)) this.idle.push(child);
      },
    };
  }

  /** Ends of processes that had nothing to do: an error that nobody listened to, after the answer. */
  takeDeaths(): readonly string[] {
    return this.deaths.splice(0);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    const ends = [...this.all].map(
      ({ process: child }) => new Promise<void>((resolve) => child.once('exit', () => resolve())),
    );
    for (const { process: child } of this.all) child.kill('SIGKILL');
    await Promise.all(ends);
  }

  private give(child: Child, job: Job, { limitMs = LIMIT_MS, killAfterMs, onHalt }: Circumstances) {
    return new Promise<Ending<Outcomes[Job['kind']]>>((resolve) => {
      const timers = [setTimeout(() => settle({ how: 'hung' }), limitMs)];
      const settle = (ending: Ending<Outcomes[Job['kind']]>) => {
        for (const timer of timers) clearTimeout(timer);
        child.process.off('message', hear).off('exit', end);
        resolve(ending);
      };
      const hear = (answer: Answer) => {
        if (answer.say === 'halted') onHalt?.();
        if (answer.say === 'outcome') settle({ how: 'answered', outcome: answer.outcome });
        if (answer.say === 'threw') {
          settle({ how: 'crashed', why: `${answer.error.name}: ${answer.error.message}` });
        }
      };
      const end = (code: number | null, signal: string | null) =>
        settle(signal === 'SIGKILL' ? { how: 'killed' } : { how: 'crashed', why: lastWords(child, code) });
      child.process.on('message', hear).on('exit', end);
      child.process.send(job, (error) => {
        if (error) settle({ how: 'crashed', why: lastWords(child, child.process.exitCode) });
      });
      if (killAfterMs !== undefined) {
        timers.push(setTimeout(() => child.process.kill('SIGKILL'), killAfterMs));
      }
    });
  }

  private spawn({ environment = {}, asNobody }: Circumstances): Child {
    const { NODE_OPTIONS: _, ...inherited } = process.env;
    const forked = fork(this.program, [], {
      env: { ...inherited, ...environment, ...(asNobody && { AS_NOBODY: '1' }) },
      execArgv: preload === undefined ? [] : ['--require', preload],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const ready = new Promise<void>((resolve) => {
      forked.once('message', () => resolve());
      forked.once('exit', () => resolve());
      forked.once('error', () => resolve());
    });
    const child: Child = { process: forked, ready, said: '' };
    forked.stderr?.setEncoding('utf8').on('data', (text: string) => {
      child.said = (child.said + text).slice(-2_000);
    });
    // Whoever sends is told; without a listener a child that is gone would end the parent.
    forked.on('error', (error) => (child.said += error.message));
    forked.once('exit', (code) => {
      this.all.delete(child);
      const place = this.idle.indexOf(child);
      if (place === -1) return;
      this.idle.splice(place, 1);
      this.deaths.push(lastWords(child, code));
    });
    this.all.add(child);
    return child;
  }
}

function lastWords({ said }: Child, code: number | null): string {
  return `exit code ${code}: ${said.trim().split('\n').slice(0, 12).join(' | ')}`;
}
