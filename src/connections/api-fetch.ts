/** A `fetch` that calls the API of a connection as one user: with a token that lives, and only where it may go. */
import type { ConnectionDefinition } from '../config/definition';
import { ConnectionsError, describeError, isConnectionsError, quote, withDetails } from '../errors';
import type { Log } from '../logging';
import { settle } from '../logging';
import { notPublic, requirePublic } from '../oauth/addresses';
import { discard } from '../oauth/exchange';
import { inTime } from '../oauth/in-time';
import type { AccountRef } from '../tokens/account-ref';
import { detailsOf } from '../tokens/account-ref';
import { withIntegrity } from './api-integrity';
import { ApiOrigins } from './api-origins';
import { MAX_REDIRECTS, answeredAt, isRedirect, redirectOf } from './api-redirect';
import type { ApiRequest } from './api-request';
import { abandon, apiRequest, initOf, isSentOnce, plainInitOf } from './api-request';
import type { HeaderReading } from './declared-headers';
import { declaredHeaders } from './declared-headers';
import type { FetchForOptions } from './options';
import { tokenRefused } from './outcome-error';
import { requireScopes } from './require-scopes';
import type { ServeOptions } from './token-service';
import type { TrustOptions } from './trust';
import { trustedFor } from './trust';
import { orAborted } from './waiting';

export interface ApiAccess extends TrustOptions, HeaderReading {
  readonly log: Log;
  /** As it is declared now. */
  readonly definition: () => Promise<ConnectionDefinition>;
  /** An access token in clear. */
  readonly accessToken: (definition: ConnectionDefinition, options: ServeOptions) => Promise<string>;
}

/** What the user can do something about. */
const CONNECT_NEEDED = [
  'not_connected',
  'reauthorization_required',
  'token_refused',
  'insufficient_scope',
] as const;

/** How often a request is sent again after a 401: once, and once more where its user has connected again meanwhile. */
const MOST_REPEATS = 2;
/** How long an answer waits until it is stored that the API takes the token. */
const MOST_STORING_MS = 1_000;

/** Who may have given the address of a request, at the beginning of a sentence. */
const GIVER = 'A request of `fetchFor`, or a redirect of it,';

const REMEDY =
  'If it should get the token of the user, declare its origin in `api_origins`, and ask it directly: a call gets no token after a ' +
  'redirect to another server, or from https to http. If it should be asked without a token, add its origin to the option ' +
  '`trustedOrigins`, for this connection.';

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
      return await answer(ref, request, hostOrigins, access);
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
async function answer(
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
    if (request.redirect === 'error' && isRedirect(response)) {
      discard(response);
      throw failed('The answer is a redirect.');
    }
    const next = request.redirect === 'manual' ? null : redirectOf(request, response);
    if (next === null) {
      const { integrity } = first;
      const whole = integrity === '' ? response : await orAborted(withIntegrity(response, integrity), signal);
      return answeredAt(whole, request.url, redirects > 0);
    }
    if (redirects === MAX_REDIRECTS) throw failed(`There were more than ${MAX_REDIRECTS} redirects.`);
    if (next.body !== null && isSentOnce(next)) {
      throw notReplayable(ref, `answers ${response.status} and redirects the request`);
    }
    request = next;
  }
}

/** Sends the requests of one call, all with the token that it has by then. */
class ApiCall {
  private token: string | undefined;
  private headers: Readonly<Record<string, string>> | undefined;
  /** Answers 401 of the API. */
  private rejections = 0;
  /** What to call when the API takes the token, where it has rejected one of the account. */
  private accept: (() => Promise<void>) | null = null;

  constructor(
    private readonly ref: AccountRef,
    private readonly definition: ConnectionDefinition,
    private readonly access: ApiAccess,
  ) {}

  /** @throws ConnectionsError if there is no token, or the API rejects the refreshed one, too */
  async withToken(request: ApiRequest): Promise<Response> {
    const { access, definition, ref } = this;
    const { signal } = request;
    this.token ??= await this.served({ signal });
    this.headers ??= await orAborted(declaredHeaders(definition, access), signal);
    const sent = this.token;
    const init = initOf(request, authorized(request.headers, this.headers, sent));
    const response = await orAborted(access.exchange.fetch(request.url.href, init), signal);
    if (response.status === 403) requireScopesOf(ref, response);
    if (response.status !== 401) {
      if (response.status < 400 && this.accept) await inTime(this.accept(), MOST_STORING_MS, () => undefined);
      return response;
    }
    discard(response);
    this.token = await this.served({ rejectedToken: sent, isReplacement: this.rejections === 1, signal });
    this.rejections += 1;
    if (this.rejections > MOST_REPEATS) throw tokenRefused(ref);
    if (isSentOnce(request)) throw notReplayable(ref, 'answers 401, and the token was refreshed');
    return this.withToken(request);
  }

  private served(options: ServeOptions): Promise<string> {
    this.accept = null;
    return this.access.accessToken(this.definition, {
      ...options,
      onSuspect: (accept) => void (this.accept = accept),
    });
  }

  /** Past the guard only where discovery goes past it, too. */
  async withoutToken(request: ApiRequest): Promise<Response> {
    const { exchange } = this.access;
    const trusted = trustedFor(this.definition, this.access);
    const { url, signal } = request;
    requirePublic(url, trusted, GIVER, REMEDY);
    return trusted.has(url.origin)
      ? orAborted(exchange.fetch(url.href, initOf(request)), signal)
      : orAborted(
          plainInitOf(request).then((init) => this.guarded(url.href, init)),
          signal,
        );
  }

  private async guarded(url: string, init: RequestInit): Promise<Response> {
    try {
      return await this.access.guarded.fetch(url, init);
    } catch (error) {
      // That of a name which leads to a private address knows nothing of `fetchFor`.
      throw isConnectionsError(error, 'address_refused')
        ? notPublic(quote(new URL(url).origin, 200), GIVER, REMEDY)
        : error;
    }
  }
}

/** What the host gives for a request counts more than what is declared for all; but the token is always the user's. */
function authorized(given: Headers, declared: Readonly<Record<string, string>>, token: string): Headers {
  const headers = new Headers(given);
  for (const [name, value] of Object.entries(declared)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.set('authorization', `Bearer ${token}`);
  return headers;
}

function isSameOrigin(one: ApiRequest, other: ApiRequest): boolean {
  return one.url.origin === other.url.origin;
}

/** A value that a request has in place of a declared one is as much for the API alone. */
function withoutDeclared(request: ApiRequest, { oauth }: ConnectionDefinition): ApiRequest {
  const headers = new Headers(request.headers);
  for (const name of Object.keys(oauth?.headers ?? {})) headers.delete(name);
  return { ...request, headers };
}

function requireScopesOf({ connectionName }: AccountRef, response: Response): void {
  try {
    requireScopes(connectionName, response.headers);
  } catch (error) {
    discard(response);
    throw error;
  }
}

function notReplayable(ref: AccountRef, what: string): ConnectionsError {
  return new ConnectionsError(
    'body_not_replayable',
    `The API of connection ${quote(ref.connectionName)} ${what}. The request was not sent again, since its body is a stream ` +
      'that has been read. Call `fetch` again with a new stream, or give it a text, bytes, a Blob, FormData or URLSearchParams.',
    detailsOf(ref),
  );
}

/** As `fetch` rejects. */
function failed(why: string): TypeError {
  return new TypeError('fetch failed', { cause: new Error(why) });
}
