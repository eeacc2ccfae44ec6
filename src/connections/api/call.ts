/** The requests of one call of `fetchFor`: where the token may go, and what the API says to it. */
import type { ConnectionDefinition } from '../../config/definition';
import { HEADER_VALUE } from '../../config/fields/headers';
import { type SecretResolver, describeReference, resolveSecret } from '../../config/secrets';
import { ConnectionsError, isConnectionsError, quote } from '../../errors';
import type { Log } from '../../logging';
import { notPublic, requirePublic } from '../../oauth/addresses';
import { discard } from '../../oauth/exchange';
import { inTime } from '../../oauth/in-time';
import { type AccountRef, detailsOf } from '../../tokens/account-ref';
import { orAborted } from '../abort';
import type { ServeOptions } from '../access/access-tokens';
import { tokenRefused } from '../access/errors';
import { requireScopes } from '../provider/scopes';
import { type TrustSettings, trustedFor } from '../provider/trust';
import { type ApiRequest, initOf, isSentOnce, plainInitOf } from './request';

export interface ApiAccess extends TrustSettings, HeaderSecrets {
  readonly log: Log;
  /** As it is declared now. */
  readonly definition: () => Promise<ConnectionDefinition>;
  /** An access token in clear. */
  readonly accessToken: (definition: ConnectionDefinition, options: ServeOptions) => Promise<string>;
}

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

/** Sends the requests of one call, all with the token that it has by then. */
export class ApiCall {
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
    this.token ??= await this.accessToken({ signal });
    this.headers ??= await orAborted(declaredHeaders(definition, access), signal);
    const sent = this.token;
    const init = initOf(request, withCredentials(request.headers, this.headers, sent));
    const response = await orAborted(access.exchange.fetch(request.url.href, init), signal);
    if (response.status === 403) requireScopesOf(ref, response);
    if (response.status !== 401) {
      if (response.status < 400 && this.accept) await inTime(this.accept(), MOST_STORING_MS, () => undefined);
      return response;
    }
    discard(response);
    this.token = await this.accessToken({
      rejectedToken: sent,
      isReplacement: this.rejections === 1,
      signal,
    });
    this.rejections += 1;
    if (this.rejections > MOST_REPEATS) throw tokenRefused(ref);
    if (isSentOnce(request)) throw notReplayable(ref, 'answers 401, and the token was refreshed');
    return this.withToken(request);
  }

  private accessToken(options: ServeOptions): Promise<string> {
    this.accept = null;
    return this.access.accessToken(this.definition, {
      ...options,
      onSuspect: (accept) => void (this.accept = accept),
    });
  }

  /** Bypasses the guard against private addresses only for origins for which discovery bypasses it, too. */
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
function withCredentials(given: Headers, declared: Readonly<Record<string, string>>, token: string): Headers {
  const headers = new Headers(given);
  for (const [name, value] of Object.entries(declared)) {
    if (!headers.has(name)) headers.set(name, value);
  }
  headers.set('authorization', `Bearer ${token}`);
  return headers;
}

function requireScopesOf({ connectionName }: AccountRef, response: Response): void {
  try {
    requireScopes(connectionName, response.headers);
  } catch (error) {
    discard(response);
    throw error;
  }
}

export function notReplayable(ref: AccountRef, what: string): ConnectionsError {
  return new ConnectionsError(
    'body_not_replayable',
    `The API of connection ${quote(ref.connectionName)} ${what}. The request was not sent again, since its body is a stream ` +
      'that has been read. Call `fetch` again with a new stream, or give it a text, bytes, a Blob, FormData or URLSearchParams.',
    detailsOf(ref),
  );
}

/** Where a user's token goes: to the origins of the connection's API, and never in clear once a request was on https. */
export class ApiOrigins {
  private readonly origins: ReadonlySet<string>;
  private wasSecure = false;
  private wasOutside = false;

  /**
   * For the requests of one call.
   * @param hostOrigins for which the host vouches
   */
  constructor({ url, oauth }: ConnectionDefinition, hostOrigins: readonly string[]) {
    this.origins = new Set(
      [url, ...(oauth?.apiOrigins ?? []), ...hostOrigins].map((one) => new URL(one).origin),
    );
  }

  /**
   * Whether the next request of the call, to this URL, gets the token.
   *
   * Once a redirect has led elsewhere, the call stays without it: another server must not choose what is done as the user. Nor does a
   * token go from https to http, where anyone on the network path could have forged the redirect.
   */
  mayHaveToken({ origin, protocol }: URL): boolean {
    this.wasSecure ||= protocol === 'https:';
    this.wasOutside ||= !this.origins.has(origin) || (this.wasSecure && protocol === 'http:');
    return !this.wasOutside;
  }
}

/** How the secrets in headers are read. */
export interface HeaderSecrets {
  readonly resolveSecret: SecretResolver | undefined;
  /** For all of them together. */
  readonly timeoutMs: number;
}

/**
 * The headers that a declaration adds, by their names; for the origins alone that get the access token. Their secrets are read for
 * each call, as a client secret is, so that a rotated one needs no restart.
 * @throws ConnectionsError `secret_unresolved`, which names the connection, the header and where its value should be
 */
export async function declaredHeaders(
  { name, oauth }: ConnectionDefinition,
  { resolveSecret: resolver, timeoutMs }: HeaderSecrets,
): Promise<Readonly<Record<string, string>>> {
  const headers = oauth?.headers ?? {};
  const declared = Object.entries(headers);
  if (declared.every(isText)) return Object.fromEntries(declared);
  const unusable = `Connection ${quote(name)} cannot be used.`;
  const reading = declared.map(async ([header, value]) => {
    if (typeof value === 'string') return [header, value] as const;
    const what = `${unusable} The value of its header ${quote(header)}`;
    const text = await resolveSecret(value, resolver, what);
    // A client would refuse it with an error that has the value in it.
    if (HEADER_VALUE.test(text)) return [header, text] as const;
    throw secretUnresolved(
      `${what} cannot be sent: ${describeReference(value)} holds something else than visible ASCII characters with spaces ` +
        'between them. Correct it there.',
    );
  });
  const read = await inTime(Promise.all(reading), timeoutMs, () => {
    throw secretUnresolved(
      `${unusable} The values of its headers were not read in time. Check \`resolveSecret\` or the file system.`,
    );
  });
  return Object.fromEntries(read);
}

function isText(entry: [string, unknown]): entry is [string, string] {
  return typeof entry[1] === 'string';
}

function secretUnresolved(message: string): ConnectionsError {
  return new ConnectionsError('secret_unresolved', message);
}
