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
