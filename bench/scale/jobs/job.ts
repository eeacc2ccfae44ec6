/** What a job is given, and what it is. */
import type { Closing } from '../closing';
import type { Addresses } from '../endpoint';
import type { Outcome } from '../figures';
import type { Done, Started } from '../process';
import { start } from '../process';
import type { Raw } from '../raw';
import type { Task } from '../task';
import type { Site } from '../world';

export interface Job {
  readonly name: string;
  /** Whether it is measured with a tenth of the rows, too, to see how it grows. */
  readonly grows: boolean;
  /** What it needs: our tables with tokens as `population.ts` makes them, our tables without rows, or nothing. */
  readonly tables: 'filled' | 'empty' | 'none';
  /** What runs in processes of its own. */
  readonly tasks: readonly Task<never, unknown>[];
  measure(bench: Bench): Promise<Outcome[]>;
}

export interface Surroundings {
  readonly site: Site;
  readonly rows: number;
  readonly raw: Raw;
  readonly addresses: Addresses;
  readonly closing: Closing;
}

/** One engine with its tables, and processes on them. */
export class Bench {
  readonly site: Site;
  readonly rows: number;
  readonly raw: Raw;
  readonly addresses: Addresses;
  readonly #closing: Closing;

  constructor({ site, rows, raw, addresses, closing }: Surroundings) {
    this.site = site;
    this.rows = rows;
    this.raw = raw;
    this.addresses = addresses;
    this.#closing = closing;
  }

  /** Whether everything is being ended. */
  get isOver(): boolean {
    return this.#closing.isClosed;
  }

  start<Given, Result>(task: Task<Given, Result>, given: Given): Promise<Started<Result>> {
    return start(this.site, task, given, this.#closing);
  }

  async run<Given, Result>(task: Task<Given, Result>, given: Given): Promise<Done<Result>> {
    return (await this.start(task, given)).go();
  }
}
