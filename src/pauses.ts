/**
 * Pauses of work that goes on by itself, taken with the timers that the process had at its start: a test of a host that holds the clock
 * must not hold these, of which it cannot know. What limits how long something may take goes by the timers of the moment.
 */
import { setImmediate, setTimeout } from 'node:timers';

const later = setImmediate;
const after = setTimeout;

/** Does something once everything else that is ready in the process has had its turn. */
export function afterTurn(work: () => void): void {
  later(work);
}

/** Lets everything else that is ready in the process have its turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void later(resolve));
}

/** @param milliseconds at least */
export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => void after(resolve, milliseconds));
}
