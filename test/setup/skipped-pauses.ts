/** For a test of what ends after a time: as many attempts are made as there would be, and nobody waits between them. */
import { onTestFinished, vi } from 'vitest';
import * as pauses from '../../src/pauses';

/** Until the test has finished, by when its work must have ended, every pause of the package takes a millisecond, and its clock goes on as if it took its time. */
export function skipPauses(): void {
  const { elapsedMs, pause } = pauses;
  let skippedMs = 0;
  const spies = [
    vi.spyOn(pauses, 'elapsedMs').mockImplementation(() => elapsedMs() + skippedMs),
    vi.spyOn(pauses, 'pause').mockImplementation((milliseconds) => {
      skippedMs += milliseconds;
      return pause(1);
    }),
  ];
  onTestFinished(() => {
    for (const spy of spies) spy.mockRestore();
  });
}
