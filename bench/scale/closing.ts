/** What has to be ended and removed, also after an error and after Ctrl-C: the last that was begun comes first. */

type Step = () => Promise<unknown>;

export class Closing {
  readonly #steps: Step[] = [];
  #closed: Promise<void> | undefined;

  get isClosed(): boolean {
    return this.#closed !== undefined;
  }

  add(step: Step): void {
    if (this.isClosed) void step().catch(failed);
    else this.#steps.unshift(step);
  }

  /** Whoever asks again waits for the same. */
  close(): Promise<void> {
    return (this.#closed ??= this.#closeAll());
  }

  async #closeAll(): Promise<void> {
    for (let step = this.#steps.shift(); step; step = this.#steps.shift()) await step().catch(failed);
  }
}

/** The others are ended all the same. */
function failed(error: unknown): void {
  console.error(error);
  process.exitCode = 1;
}

export function closeAtSignals(closing: Closing): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void closing.close().then(() => process.exit(130)));
  }
}
