/**
 * Time limits for work, with one timer for everything under way: a separate timer for each short read would cost more than most
 * reads do.
 */
import { NoAnswer } from './failure';

/** The deadline of one piece of work that is under way. */
export interface Deadline {
  /** By `performance.now()`. */
  at: number;
  expire: () => void;
}

export class Deadlines {
  private readonly running = new Set<Deadline>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by `performance.now()`. */
  private timerAt = Number.POSITIVE_INFINITY;

  /**
   * Rejects as soon as the time is over: `awaited` itself may never settle, as on a connection that is being closed.
   * @param limitMs milliseconds
   * @param onLate is called first
   * @throws NoAnswer
   */
  within<Result>(limitMs: number, awaited: Promise<Result>, onLate: () => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const deadline = this.begin(limitMs, () => {
        onLate();
        reject(new NoAnswer(limitMs));
      });
      awaited.then(
        (result) => {
          this.end(deadline);
          resolve(result);
          return result;
        },
        (error: unknown) => {
          this.end(deadline);
          reject(error);
        },
      );
    });
  }

  /** @param expire is called when the time is over and `end` has not been called */
  begin(limitMs: number, expire: () => void): Deadline {
    const now = performance.now();
    const deadline = { at: now + limitMs, expire };
    this.running.add(deadline);
    // An overdue timer may never go off: a host's test that fakes timers has taken it away with its clock.
    if (this.timerAt < now) this.setTimer(now, 0);
    else if (deadline.at < this.timerAt) this.setTimer(deadline.at, limitMs);
    return deadline;
  }

  /** @returns whether it has ended in time, and for the first time */
  end(deadline: Deadline): boolean {
    return this.running.delete(deadline);
  }

  /** The timer is not cleared when the work it was set for ends: when it goes off, it finds the next deadline. */
  private setTimer(at: number, afterMs: number): void {
    clearTimeout(this.timer);
    this.timerAt = at;
    // The socket of the database keeps the process alive while it is waited for.
    this.timer = setTimeout(() => this.expire(), Math.min(afterMs, LONGEST_MS)).unref();
  }

  private expire(): void {
    this.timerAt = Number.POSITIVE_INFINITY;
    const now = performance.now();
    let next = Number.POSITIVE_INFINITY;
    const late: Deadline[] = [];
    for (const deadline of this.running) {
      if (deadline.at > now) next = Math.min(next, deadline.at);
      else late.push(deadline);
    }
    // First, in case one of those below throws.
    if (next < this.timerAt) this.setTimer(next, next - now);
    for (const deadline of late) if (this.end(deadline)) deadline.expire();
  }
}

/** The longest delay that `setTimeout` takes: with a longer one, it fires at once. */
const LONGEST_MS = 2_147_483_647;
