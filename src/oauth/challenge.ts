/** What a Bearer challenge asks for (RFC 6750 section 3, RFC 9728 section 5.1). */
import { readChallenges } from './challenge-list';
import { MAX_ADDRESS } from './limits';
import { boundedScopes } from './scopes';

export interface Challenge {
  /** URL of the protected resource's metadata; `null` when the challenge names none, or one of over 2,048 characters. */
  readonly resourceMetadata: string | null;
  /** `null` when the challenge names none, or more than are accepted (`boundedScopes`). */
  readonly scopes: readonly string[] | null;
  /** The error code, as in `insufficient_scope`; `null` when the challenge names none, or an invalid one. */
  readonly error: string | null;
}

/** RFC 6750 section 3. */
const ERROR = /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,255}$/;

/** @param header `WWW-Authenticate`; null when there is none */
export function bearerChallenges(header: string | null): readonly Challenge[] {
  return readChallenges(header ?? '')
    .filter(({ scheme }) => scheme === 'bearer')
    .map(({ parameters }) => challengeOf(parameters));
}

/**
 * The Bearer challenge that says most about where to get a token.
 * @param header `WWW-Authenticate`; null when there is none
 * @returns the first that names its metadata, else the first with scopes, else the first; null when there is none
 */
export function readChallenge(header: string | null): Challenge | null {
  const challenges = bearerChallenges(header);
  return (
    challenges.find(({ resourceMetadata }) => resourceMetadata !== null) ??
    challenges.find(({ scopes }) => scopes !== null) ??
    challenges[0] ??
    null
  );
}

/** The challenge of an answer that refuses a token or its scopes; null for any other answer. */
export function challengeOfAnswer({
  status,
  headers,
}: Pick<Response, 'status' | 'headers'>): Challenge | null {
  return status === 401 || status === 403 ? readChallenge(headers.get('www-authenticate')) : null;
}

function challengeOf(parameters: ReadonlyMap<string, string>): Challenge {
  const resourceMetadata = parameters.get('resource_metadata') ?? null;
  const error = parameters.get('error') ?? null;
  return {
    resourceMetadata:
      resourceMetadata !== null && resourceMetadata.length <= MAX_ADDRESS ? resourceMetadata : null,
    scopes: boundedScopes((parameters.get('scope') ?? '').split(/\s+/)),
    error: error !== null && ERROR.test(error) ? error : null,
  };
}
