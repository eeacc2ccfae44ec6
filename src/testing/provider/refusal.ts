/** Why the provider refuses a request (RFC 6749 sections 4.1.2.1 and 5.2). */

export type RefusalCode =
  | 'access_denied'
  | 'invalid_client'
  | 'invalid_client_metadata'
  | 'invalid_grant'
  | 'invalid_redirect_uri'
  | 'invalid_request'
  | 'invalid_scope'
  | 'invalid_target'
  | 'temporarily_unavailable'
  | 'unsupported_grant_type'
  | 'unsupported_response_type';

export class Refusal extends Error {
  /**
   * @param code as the RFCs name it
   * @param message for people; shows no part of the request
   */
  constructor(
    readonly code: RefusalCode,
    message: string,
  ) {
    super(message);
  }

  /** RFC 6749 section 5.2. */
  get status(): number {
    return this.code === 'invalid_client' ? 401 : 400;
  }
}
