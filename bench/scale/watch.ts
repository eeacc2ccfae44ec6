/** What a job does to the process that runs it: how long it keeps the event loop, and how much memory it takes. */

export interface Watched {
  /** The longest that a timer came too late, in milliseconds. */
  readonly blockMs: number;
  /** By how much the resident size grew at most, in MB. */
  readonly memoryMb: number;
}

const TICK_MS = 2;
const MEMORY_TICKS = 10;

/** @returns ends it */
export function watch(): () => Watched {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  const greatestBefore = greatest();
  let peak = before;
  let blockMs = 0;
  let ticks = 0;
  let last = performance.now();
  const look = () => {
    const now = performance.now();
    blockMs = Math.max(blockMs, now - last - TICK_MS);
    last = now;
    ticks += 1;
    if (ticks % MEMORY_TICKS === 0) peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, TICK_MS);
  return () => {
    clearInterval(timer);
    look();
    // What was between two looks; what the process had been before is not the job's.
    if (greatest() > greatestBefore) peak = Math.max(peak, greatest());
    return { blockMs, memoryMb: (peak - before) / 2 ** 20 };
  };
}

function greatest(): number {
  return process.resourceUsage().maxRSS * 1024;
}
