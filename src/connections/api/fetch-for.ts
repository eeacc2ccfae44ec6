/** A `fetch` that calls the API of a connection as one user: with a token that lives, and only where it may go. */
import type { ConnectionDefinition } from '../../config/definition';
import type { ConnectionsErrorOf } from '../../errors';
import { describeError, isConnectionsError, withDetails } from '../../errors';
import { settle } from '../../logging';
import { discard, isRedirectStatus } from '../../oauth/exchange';
import type { OptionChecks } from '../../options';
import { anything, callback, checkOptions, origins as originList } from '../../options';
import type { AccountRef } from '../../tokens/account-ref';
import { detailsOf } from '../../tokens/account-ref';
import { orAborted } from '../abort';
import type { ApiAccess } from './call';
import { ApiCall, ApiOrigins, notReplayable } from './call';
import { answeredAt, MAX_REDIRECTS, redirectOf, withIntegrity } from './fetch-standard';
import type { ApiRequest } from './request';
import { abandon, apiRequest, isSentOnce } from './request';

/** Options of `fetchFor`. */
export interface FetchForOptions {
  /** Which of the user's accounts, 1 to 255 characters; default `default`. */
  readonly account?: string | undefined;
  /**
   * Origins that get the user's token besides those of the connection's `url` and `api_origins`, such as the `instance_url` that
   * Salesforce gives with its tokens; default none.
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * Told when a call rejects because the user has to do something: connect, connect again, or grant more scopes. Not awaited;
   * what it throws is logged.
   */
  readonly onConnectNeeded?:
    | ((
        error: ConnectionsErrorOf<
          'not_connected' | 'reauthorization_required' | 'token_refused' | 'insufficient_scope'
        >,
      ) => unknown)
    | undefined;
}

const fetchForChecks: OptionChecks<FetchForOptions> = {
  account: anything,
  origins: originList,
  onConnectNeeded: callback,
};

/** @throws ConnectionsError `option_invalid` */
export function checkFetchForOptions(options: FetchForOptions): void {
  checkOptions('fetchFor', options, fetchForChecks);
}

/** What the user can do something about. */
const CONNECT_NEEDED = [
  'not_connected',
  'reauthorization_required',
  'token_refused',
  'insufficient_scope',
] as const;

export function apiFetch(
  ref: AccountRef,
  { origins = [], onConnectNeeded }: FetchForOptions,
  access: ApiAccess,
): typeof globalThis.fetch {
  // As they were checked, whatever the host does with its list afterwards.
  const hostOrigins = [...origins];
  return async (input, init) => {
    let request: ApiRequest | undefined;
    try {
      request = await apiRequest(input, init);
      return await sendFollowing(ref, request, hostOrigins, access);
    } catch (thrown) {
      const error = withDetails(thrown, detailsOf(ref));
      if (request) abandon(request, error);
      if (onConnectNeeded && isConnectionsError(error, ...CONNECT_NEEDED)) {
        settle(
          () => onConnectNeeded(error),
          (failure) => access.log('error', `\`onConnectNeeded\` failed: ${describeError(failure)}`),
        );
      }
      throw error;
    }
  };
}

/** The answer to a request, wherever redirects lead. */
async function sendFollowing(
  ref: AccountRef,
  first: ApiRequest,
  hostOrigins: readonly string[],
  access: ApiAccess,
): Promise<Response> {
  const { signal } = first;
  signal?.throwIfAborted();
  const definition = await orAborted(access.definition(), signal);
  const call = new ApiCall(ref, definition, access);
  const origins = new ApiOrigins(definition, hostOrigins);
  let request = first;
  for (let redirects = 0; ; redirects += 1) {
    const response = origins.mayHaveToken(request.url)
      ? await call.withToken(request)
      : await call.withoutToken(
          isSameOrigin(request, first) ? request : withoutDeclared(request, definition),
        );
    // Also where there is no `Location` (Fetch standard, HTTP fetch).
    if (request.redirect === 'error' && isRedirectStatus(response.status)) {
      discard(response);
      throw fetchFailed('The answer is a redirect.');
    }
    const next = request.redirect === 'manual' ? null : redirectOf(request, response);
    if (next === null) {
      const { integrity } = first;
      const whole = integrity === '' ? response : await orAborted(withIntegrity(response, integrity), signal);
      return answeredAt(whole, request.url, redirects > 0);
    }
    if (redirects === MAX_REDIRECTS) throw fetchFailed(`There were more than ${MAX_REDIRECTS} redirects.`);
    if (next.body !== null && isSentOnce(next)) {
      throw notReplayable(ref, `answers ${response.status} and redirects the request`);
    }
    request = next;
  }
}

function isSameOrigin(one: ApiRequest, other: ApiRequest): boolean {
  return one.url.origin === other.url.origin;
}

/** Also drops the host's own value for a declared header: it is meant for the API alone, too. */
function withoutDeclared(request: ApiRequest, { oauth }: ConnectionDefinition): ApiRequest {
  const headers = new Headers(request.headers);
  for (const name of Object.keys(oauth?.headers ?? {})) headers.delete(name);
  return { ...request, headers };
}

/** As `fetch` rejects. */
function fetchFailed(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) });
}
