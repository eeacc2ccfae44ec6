/** What became of a call, as one word: the code of its error, or `fine`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

/** The error that a call throws or rejects with. */
export const failureOf = (call: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(call)
    .then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
