/** A limit on how long a result is waited for. The work itself goes on. */

/**
 * @param timeoutMs none is left where it is negative
 * @param late what is returned, or thrown, when the time is over
 */
export async function inTime<Result, Late>(
  work: Promise<Result>,
  timeoutMs: number,
  late: () => Late,
): Promise<Result | Late> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.max(timeoutMs, 0));
  });
  try {
    return await Promise.race([work, over.then(late)]);
  } finally {
    clearTimeout(timer);
  }
}
