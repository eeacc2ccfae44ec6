/** Which database every job is about, and how every job can fail, as JSON. */

/** DataSource options that survive JSON; a child adds the logger and the entities. */
export type Connection = Readonly<Record<string, unknown>> & { readonly type: string };

export interface Failure {
  /** Name of the error's class. */
  readonly name: string;
  readonly code: string | null;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  const { name, code, message } = error as Partial<Record<keyof Failure, unknown>>;
  return {
    name: typeof name === 'string' ? name : typeof error,
    code: typeof code === 'string' ? code : null,
    message: typeof message === 'string' ? message : String(error),
  };
}
