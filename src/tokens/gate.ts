/**
 * Limits how many runs start at once, so that of many callers who come together the first are served before the last have begun.
 * A waiting run enters as another leaves; and, since a slow provider may keep those inside for long, a few more enter at intervals.
 */

/** How many may be inside before others have to wait. */
const MOST_INSIDE = 48;

const EVERY_MS = 20;
const MORE = 8;

export class Gate {
  private inside = 0;
  private readonly waiting = new Set<() => void>();
  private timer: NodeJS.Timeout | undefined;

  /** @returns a function that leaves; calling it again does nothing */
  async enter(): Promise<() => void> {
    if (this.inside >= MOST_INSIDE || this.waiting.size > 0) {
      await new Promise<void>((letIn) => {
        this.waiting.add(letIn);
        this.timer ??= setInterval(() => this.letIn(MORE), EVERY_MS);
      });
    }
    this.inside += 1;
    let isInside = true;
    return () => {
      if (!isInside) return;
      isInside = false;
      this.inside -= 1;
      if (this.inside < MOST_INSIDE) this.letIn(1);
    };
  }

  /** Lets in everyone who waits: there is nothing left to do for them. */
  open(): void {
    this.letIn(this.waiting.size);
  }

  private letIn(count: number): void {
    let left = count;
    for (const letIn of this.waiting) {
      if (left === 0) break;
      left -= 1;
      this.waiting.delete(letIn);
      letIn();
    }
    if (this.waiting.size > 0) return;
    clearInterval(this.timer);
    this.timer = undefined;
  }
}
