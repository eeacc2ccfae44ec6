/** A process that serves tokens, as a scenario talks to it. It does one thing at a time. */
import type { ReencryptReport } from '../../src/tokens/reencrypt';
import type { Ending, KeptProcess } from './processes';
import type { AskTokensJob, RefreshPlace, Told } from './token-job';

/** A job that was left in the middle would keep it open. */
const CLOSE_LIMIT_MS = 5_000;

export interface User {
  readonly id: string;
  /** At the authorization server. */
  readonly grantId: string;
  /** The access token that the user began with. */
  readonly accessToken: string;
}

/** A caller that was let in and has not been answered. */
export interface Waiting {
  /** Whether it is at the place where it should wait; otherwise it has been answered already. */
  readonly isThere: boolean;
  /** Lets it go on, and says what it was told. */
  goOn(): Promise<Told>;
}

export class Replica {
  private isClosed = false;

  constructor(private readonly process: KeptProcess) {}

  async store(userId: string, accessToken: string, refreshToken: string): Promise<void> {
    const job = { kind: 'import-tokens', userId, accessToken, refreshToken } as const;
    const ending = await this.process.run(job);
    if (ending.how !== 'answered') throw new Error(`Storing tokens ended as ${JSON.stringify(ending)}`);
  }

  /** What each user's callers were told, who all ask at once. */
  async ask(users: readonly User[], callers = 1): Promise<readonly Told[]> {
    return told(await this.process.run(asking(users, callers)), users, callers);
  }

  async askOnce(user: User): Promise<Told> {
    return one(await this.ask([user]));
  }

  /** One caller, up to a place. */
  async askUntil(user: User, at: RefreshPlace): Promise<Waiting> {
    let halted: (() => void) | undefined;
    const halt = new Promise<true>((resolve) => (halted = () => resolve(true)));
    const job: AskTokensJob = { ...asking([user], 1), halt: { at, how: 'wait' } };
    const ending = this.process.run(job, { onHalt: () => halted?.() });
    const isThere = await Promise.race([halt, ending.then(() => false)]);
    return {
      isThere,
      goOn: async () => {
        this.process.goOn();
        return one(told(await ending, [user], 1));
      },
    };
  }

  /**
   * One caller, whose process is killed meanwhile.
   * @param at where it kills itself; without, it is left to somebody else
   * @returns whether it was
   */
  async askAndDie(user: User, at?: RefreshPlace): Promise<boolean> {
    const job = asking([user], 1);
    const ending = await this.process.run(at === undefined ? job : { ...job, halt: { at, how: 'kill' } });
    return ending.how === 'killed';
  }

  async reencrypt(): Promise<ReencryptReport> {
    const ending = await this.process.run({ kind: 'reencrypt' });
    if (ending.how === 'answered') return ending.outcome;
    throw new Error(`Encrypting anew ended as ${JSON.stringify(ending)}`);
  }

  kill(): void {
    this.process.kill();
  }

  /** Once, however often it is asked to. */
  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    await this.process.run({ kind: 'close-connections' }, { limitMs: CLOSE_LIMIT_MS });
    this.process.giveBack();
  }
}

function asking(users: readonly User[], callers: number): AskTokensJob {
  return { kind: 'ask-tokens', userIds: users.map(({ id }) => id), callers };
}

/** A process that did not answer is what its callers were told. */
function told(ending: Ending<readonly Told[]>, users: readonly User[], callers: number): readonly Told[] {
  if (ending.how === 'answered') return ending.outcome;
  const message = ending.how === 'crashed' ? ending.why : 'it did not answer';
  const error = { name: 'Process', code: ending.how, message };
  return users.map(({ id }) => ({ userId: id, accessToken: null, error, callers }));
}

function one(all: readonly Told[]): Told {
  const [only] = all;
  if (!only || all.length > 1) throw new Error(`${all.length} answers where there should be one`);
  return only;
}
