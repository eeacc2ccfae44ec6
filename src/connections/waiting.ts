/** How long a caller waits for work that others may wait for too: until some time, or until its signal. */

/** @returns null when it took longer */
export async function within<Result>(
  run: Promise<Result>,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Result | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(resolve, timeoutMs, null);
  });
  try {
    const either = Promise.race([run, late]);
    return await (signal ? orAborted(either, signal) : either);
  } finally {
    clearTimeout(timer);
  }
}

/** Ends the wait, not the work, which others may wait for too. */
export async function orAborted<Result>(work: Promise<Result>, signal: AbortSignal): Promise<Result> {
  work.catch(() => undefined);
  let abort: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (abort) signal.removeEventListener('abort', abort);
  }
}
