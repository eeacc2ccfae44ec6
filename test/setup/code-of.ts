/** What became of a call, as one word: the code of its error, or `fine`. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'fine',
    (error: { code: string }) => error.code,
  );
