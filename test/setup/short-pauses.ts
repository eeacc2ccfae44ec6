/** For tests of what is tried again: how long a pause before the next attempt is, no test of them depends on. */
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, vi } from 'vitest';
import * as pauses from '../../src/pauses';

/** To be called in a `describe`, in whose tests every pause of the package takes a millisecond. */
export function shortenPauses(): void {
  beforeEach(() => void vi.spyOn(pauses, 'pause').mockImplementation(() => setTimeout(1)));
  afterEach(() => void vi.restoreAllMocks());
}
