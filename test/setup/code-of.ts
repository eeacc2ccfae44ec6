/** What became of a call, as one word: the code of its error, or `fine`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );

/** What was thrown, or an error with the code `fine`. */
export const errorOf = (work: Promise<unknown>): Promise<{ code: string; message: string }> =>
  work.then(
    () => ({ code: 'fine', message: '' }),
    (error: { code: string; message: string }) => error,
  );

/** The error that a call throws or rejects with. */
export const failureOf = (call: () => unknown): Promise<unknown> =>
  Promise.resolve()
    .then(call)
    .then(
      () => 'nothing was thrown',
      (error: unknown) => error,
    );
