/** For tests of what is tried again, where it does not matter how long the pause before the next attempt is. */
import { setTimeout } from 'node:timers/promises';
import type { MockInstance } from 'vitest';
import { afterEach, beforeEach, vi } from 'vitest';
import * as pauses from '../../src/pauses';

/** To be called in a `describe`, in whose tests every pause of the package takes a millisecond. */
export function shortenPauses(): void {
  let shortened: MockInstance<typeof pauses.pause>;
  beforeEach(() => {
    shortened = vi.spyOn(pauses, 'pause').mockImplementation(() => setTimeout(1));
  });
  afterEach(() => shortened.mockRestore());
}
