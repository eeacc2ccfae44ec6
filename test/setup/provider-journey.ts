/**
 * One user's way through a provider: from the authorization URL to tokens that are renewed. Whatever address a request
 * is for, a local endpoint takes it; what was sent is kept as it can be compared, what is random in it by its name.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { vi } from 'vitest';
import type { JsonObject, JsonValue } from '../../src/config/definition';
import type { AccessTokenOptions, Connections } from '../../src';
import type { Fetch } from '../../src/oauth/exchange';
import type { ReceivedRequest, TokenEndpoint } from './token-endpoint';

export const REDIRECT_URI = '(the redirect URI of the connection)';
export const STATE = '(a state)';
export const CHALLENGE = '(a challenge)';
export const VERIFIER = '(the verifier of the challenge)';
export const CODE = 'the-code';

/** 256 bits in base64url. */
const RANDOM = /^[\w-]{43}$/;

export interface SentRequest {
  /** As the declaration has it, before the local endpoint took it. */
  readonly url: string;
  readonly method: string;
  /** Basic credentials in clear. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, JsonValue>>;
}

/** What a host sees of the tokens. */
export interface Reading {
  readonly accessToken: string;
  /** Seconds. */
  readonly expiresIn: number | null;
  readonly scopes: readonly string[];
  readonly metadata: JsonObject | null;
}

export class ProviderJourney {
  readonly sent: SentRequest[] = [];
  /** The query of the authorization URL, as it was. */
  asked: Readonly<Record<string, string>> = {};

  constructor(
    readonly userId: string,
    readonly name: string,
    private readonly endpoint: TokenEndpoint,
  ) {}

  /** Sends to the local endpoint, one request at a time. */
  readonly fetch: Fetch = async (url, init) => {
    const response = await fetch(`${this.endpoint.origin}${new URL(url).pathname}`, init);
    const request = this.endpoint.requests.at(-1);
    if (request) this.sent.push(this.masked(sentRequest(url, request)));
    return response;
  };

  /** Sends the user off: where to, and with what. */
  async authorize(connections: Connections): Promise<[address: string, query: Record<string, string>]> {
    const { authorizationUrl } = await connections.authorize(this.userId, this.name);
    const url = new URL(authorizationUrl);
    this.asked = single([...url.searchParams]);
    const { state = '', code_challenge: challenge } = this.asked;
    for (const random of [state, challenge ?? state]) assert.match(random, RANDOM);
    assert.equal(this.asked['redirect_uri'], this.redirectUri);
    const same = { state: STATE, redirect_uri: REDIRECT_URI };
    const shown = challenge === undefined ? same : { ...same, code_challenge: CHALLENGE };
    return [`${url.origin}${url.pathname}`, { ...this.asked, ...shown }];
  }

  /** Brings the user back, with what the provider adds to the callback. */
  complete(connections: Connections, added: Readonly<Record<string, string>> = {}) {
    const query = new URLSearchParams({ code: CODE, state: this.asked['state'] ?? '', ...added });
    return connections.complete(`${this.redirectUri}?${query.toString()}`, { userId: this.userId });
  }

  async connect(connections: Connections, added: Readonly<Record<string, string>> = {}) {
    await this.authorize(connections);
    return this.complete(connections, added);
  }

  /** The clock stands still meanwhile, so that seconds can be told exactly. */
  async read(connections: Connections, options: AccessTokenOptions = {}): Promise<Reading> {
    const now = Date.now();
    const { accessToken, expiresAt, scopes } = await connections.getAccessToken(
      this.userId,
      this.name,
      options,
    );
    const account = await this.account(connections);
    assert(account);
    assert.deepEqual([account.status, account.expiresAt, account.scopes], ['connected', expiresAt, scopes]);
    const expiresIn = expiresAt === null ? null : (expiresAt.getTime() - now) / 1000;
    return { accessToken, expiresIn, scopes, metadata: account.providerMetadata };
  }

  async account(connections: Connections) {
    const listed = await connections.list(this.userId);
    return listed.find(({ name }) => name === this.name)?.accounts[0];
  }

  private get redirectUri(): string {
    return `https://api.example.test/connections/${encodeURIComponent(this.name)}/callback`;
  }

  private masked(request: SentRequest): SentRequest {
    const { code_verifier: verifier, redirect_uri: redirectUri } = request.body;
    const isOurs = typeof verifier === 'string' && challengeOf(verifier) === this.asked['code_challenge'];
    const body = {
      ...request.body,
      ...(isOurs ? { code_verifier: VERIFIER } : {}),
      ...(redirectUri === this.redirectUri ? { redirect_uri: REDIRECT_URI } : {}),
    };
    return { ...request, body };
  }
}

/** RFC 7636 section 4.2. */
export function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

export function sentRequest(url: string, { method, headers, body }: ReceivedRequest): SentRequest {
  const { accept = '', authorization, 'content-type': type = '' } = headers;
  const [, basic] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  const clear =
    basic === undefined ? authorization : `Basic ${Buffer.from(basic, 'base64').toString('utf8')}`;
  return {
    url,
    method,
    headers: { accept, 'content-type': type, ...(clear === undefined ? {} : { authorization: clear }) },
    body:
      type === 'application/json' ? (JSON.parse(body) as JsonObject) : single([...new URLSearchParams(body)]),
  };
}

/** Lets the access token end: at its expiry by a clock that stands still, or else because the API says so. */
export function ended({ accessToken, expiresIn }: Reading): AccessTokenOptions {
  // One that is rejected as soon as it has come is not refreshed again.
  vi.setSystemTime(Date.now() + (expiresIn ?? 3600) * 1000);
  return expiresIn === null ? { rejectedToken: accessToken } : {};
}

/** RFC 6749 section 3.1 and 3.2: no parameter twice. */
function single(parameters: readonly (readonly [string, string])[]): Record<string, string> {
  const fields = Object.fromEntries(parameters);
  assert.equal(Object.keys(fields).length, parameters.length);
  return fields;
}
