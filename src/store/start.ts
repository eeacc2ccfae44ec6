/**
 * One start of a store, shared by all calls of `initialize()` until it fails or the store is closed: what each call waits
 * for, and what a failure undoes. Also the turns in which starts, syncs and closings wait for each other.
 */

/** What a start consists of. */
export interface StartSteps {
  /** Connects and runs the chain of `createAll`. */
  open(): Promise<void>;
  /** Makes the table equal to the configuration; rejects only when that must stop the start. */
  sync(): Promise<void>;
  /** Reads the configuration alone. */
  read(): Promise<void>;
  /** Closes what `open` opened. */
  close(): Promise<void>;
  /** The start has failed: the next call of `initialize()` needs another. */
  forget(start: Start): void;
}

export class Start {
  readonly #opening: Promise<void>;
  #syncing: Promise<void> | undefined;
  #reading: Promise<void> | undefined;
  /** A call without a sync uses the DataSource, so a sync that fails must not close it. */
  #usedWithoutSync = false;

  /** @param turns of the store, so that starting and closing wait for each other */
  constructor(
    private readonly turns: Turns,
    private readonly steps: StartSteps,
  ) {
    this.#opening = turns.take(() => this.#open());
    // Each call gets the failure from the promise that it awaits; this one must not be an unhandled rejection.
    this.#opening.catch(() => undefined);
  }

  /** For calls that sync: the first begins the sync, the others share it. */
  withSync(): Promise<void> {
    this.#syncing ??= this.turns.take(() => this.#sync());
    return this.#syncing;
  }

  /** For calls that only look. */
  async withoutSync(): Promise<void> {
    this.#usedWithoutSync = true;
    await this.#opening;
    // A sync reads the configuration, too, before it can fail.
    if (this.#syncing) await this.#syncing.catch(() => undefined);
    else await (this.#reading ??= this.steps.read());
  }

  /** Resolves when what was begun so far has ended; never rejects. */
  async ended(): Promise<void> {
    await (this.#syncing ?? this.#opening).catch(() => undefined);
  }

  async #open(): Promise<void> {
    try {
      await this.steps.open();
    } catch (error) {
      await this.#fail();
      throw error;
    }
  }

  async #sync(): Promise<void> {
    await this.#opening;
    try {
      await this.steps.sync();
    } catch (error) {
      this.#syncing = undefined;
      if (!this.#usedWithoutSync) await this.#fail();
      throw error;
    }
  }

  async #fail(): Promise<void> {
    this.steps.forget(this);
    await this.steps.close().catch(() => undefined);
  }
}

/** Runs one piece of work after another, in the order in which they were asked for; a failure does not stop the next. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  /** @returns what the work returns, once the work before it has ended */
  take<Result>(work: () => Promise<Result>): Promise<Result> {
    const run = this.#last.then(work);
    this.#last = run.catch(() => undefined);
    return run;
  }

  /** Resolves when all work that was asked for so far has ended; never rejects. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
