/** What the handler itself has against a request. */

export type HandlerErrorCode =
  /** The route does not exist. */
  | 'not_found'
  /** The route has no such method. */
  | 'method_not_allowed'
  /** The request has no user. */
  | 'unauthenticated'
  /** The request comes from another site than the service's own pages, or does not say where it comes from. */
  | 'request_refused'
  /** The body is longer than 64 KiB. */
  | 'body_too_large'
  /** The body is neither a form nor JSON. */
  | 'body_unsupported'
  /** The body is not what its content type says, or not an object of texts. */
  | 'body_invalid'
  /** What is not an error of this package; it is logged. */
  | 'internal_error';

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
