/** What the handler itself has against a request. */
import type { HandlerErrorCode } from './status';

export class HandlerError extends Error {
  /**
   * @param code for programs
   * @param detail for people and developers, where it says more than the text of the code; shows nothing of the request's secrets
   * @param headers of the answer
   */
  constructor(
    readonly code: HandlerErrorCode,
    readonly detail?: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail ?? code);
  }
}
