/**
 * How long work may take, with one timer for all that is under way: a timer for each of many short reads costs more than most of
 * what it watches.
 */
import { NoAnswer } from './failure';

/** Work that is under way. */
export interface Watched {
  /** By `performance.now()`. */
  at: number;
  expire: () => void;
}

export class Deadlines {
  private readonly watched = new Set<Watched>();
  private timer: NodeJS.Timeout | undefined;
  /** When the timer goes off, by `performance.now()`. */
  private timerAt = Number.POSITIVE_INFINITY;

  /**
   * Ends at once when the time is over: what is awaited may never end, as on a connection that is being closed.
   * @param limitMs milliseconds
   * @param onLate is called first
   * @throws NoAnswer
   */
  within<Result>(limitMs: number, awaited: Promise<Result>, onLate: () => void): Promise<Result> {
    return new Promise((resolve, reject) => {
      const watched = this.begin(limitMs, () => {
        onLate();
        reject(new NoAnswer(limitMs));
      });
      awaited.then(
        (result) => {
          this.end(watched);
          resolve(result);
          return result;
        },
        (error: unknown) => {
          this.end(watched);
          reject(error);
        },
      );
    });
  }

  /** @param expire is called when the time is over and `end` has not been called */
  begin(limitMs: number, expire: () => void): Watched {
    const watched = { at: performance.now() + limitMs, expire };
    this.watched.add(watched);
    if (watched.at < this.timerAt) this.setTimer(watched.at, limitMs);
    return watched;
  }

  /** @returns whether it has ended in time, and for the first time */
  end(watched: Watched): boolean {
    return this.watched.delete(watched);
  }

  /** The timer is left alone when what it was set for has ended: it then finds out what it is for next. */
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
    const late: Watched[] = [];
    for (const watched of this.watched) {
      if (watched.at > now) next = Math.min(next, watched.at);
      else late.push(watched);
    }
    // First, in case one of those below throws.
    if (next < this.timerAt) this.setTimer(next, next - now);
    for (const watched of late) if (this.end(watched)) watched.expire();
  }
}

/** Of a timer: a longer one would go off at once. */
const LONGEST_MS = 2_147_483_647;
