/** What the error words of token endpoints mean. Those of RFC 6749, and the equivalents of providers, in any case. */

/** Why a provider gives no tokens until an operator has seen to it. */
export type Refusal =
  /** RFC 6749 section 5.2. */
  | 'invalid_request'
  | 'invalid_client'
  | 'unauthorized_client'
  | 'unsupported_grant_type'
  | 'invalid_scope'
  /** RFC 8707 section 2. */
  | 'invalid_target'
  /** A word that no RFC defines and no declaration explains. */
  | 'unknown_error'
  /** Another status from 400 to 499, without an error word. */
  | 'no_error'
  /** There is no endpoint at the address, or not for this method: status 404, 405 or 410. */
  | 'not_found'
  /** The endpoint redirects, which is not followed: the request has secrets in it. */
  | 'redirect'
  /** No request was made. */
  | 'not_sent';

/** RFC 6749 section 4.1.2.1, and the equivalents of Slack. */
const TRANSIENT: readonly string[] = [
  'temporarily_unavailable',
  'server_error',
  'slow_down',
  'internal_error',
  'fatal_error',
  'ratelimited',
  'service_unavailable',
  'request_timeout',
];

/** RFC 6749 section 5.2, OpenID Connect Core section 3.1.2.6, and the equivalents of GitHub and Slack. */
const GRANT_ENDED: readonly string[] = [
  'invalid_grant',
  'bad_refresh_token',
  'bad_verification_code',
  'invalid_refresh_token',
  'invalid_code',
  'interaction_required',
  'consent_required',
  'login_required',
];

/** With the equivalents of GitHub and Slack. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  invalid_request: 'invalid_request',
  invalid_client: 'invalid_client',
  incorrect_client_credentials: 'invalid_client',
  bad_client_secret: 'invalid_client',
  unauthorized_client: 'unauthorized_client',
  unsupported_grant_type: 'unsupported_grant_type',
  invalid_scope: 'invalid_scope',
  invalid_target: 'invalid_target',
};

const KNOWN: ReadonlyMap<string, Refusal | 'grant_ended' | 'transient'> = new Map([
  ...TRANSIENT.map((word) => [word, 'transient'] as const),
  ...GRANT_ENDED.map((word) => [word, 'grant_ended'] as const),
  ...Object.entries(REFUSALS),
]);

/**
 * @param isRefresh whether the word refuses a refresh, and not a code
 * @param grantEnded words that the declaration gives this meaning, whatever they mean elsewhere
 */
export function meaningOf(
  word: string,
  isRefresh: boolean,
  grantEnded: readonly string[] = [],
): Refusal | 'grant_ended' | 'transient' {
  const plain = word.toLowerCase();
  const known = KNOWN.get(plain) ?? 'unknown_error';
  const isDeclared = grantEnded.some((declared) => declared.toLowerCase() === plain);
  // Before a code is exchanged there is no grant that could have ended: a refused client is no expired code.
  return isDeclared && (isRefresh || !isAboutClient(known)) ? 'grant_ended' : known;
}

/** Whether an error is about the client, and not about the grant (RFC 6749 sections 4.1.2.1 and 5.2). */
export function isAboutClient(error: string): boolean {
  return error === 'invalid_client' || error === 'unauthorized_client';
}
