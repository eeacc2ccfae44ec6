/** What a provider documents, as data: the requests that it wants, whole, and its own answers with other tokens. */
import type { ConnectionsErrorCode } from '../../../src';
import type { Reading, SentRequest } from '../../setup/provider-journey';
import { CHALLENGE, CODE, REDIRECT_URI, STATE, VERIFIER } from '../../setup/provider-journey';

export interface ProviderCase {
  /** Title in docs/providers.md. */
  readonly section: string;
  /** What is another case of the same entry. */
  readonly variant?: string;
  /** Variables of the entry. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly authorization: readonly [address: string, query: Readonly<Record<string, string>>];
  /** What the provider adds to the callback. */
  readonly callback?: Readonly<Record<string, string>>;
  readonly exchange: Step;
  /** With the refresh token that the request after it presents. */
  readonly refresh?: Step & { readonly next: string };
  /** Tokens do not expire, and there is no refresh token. */
  readonly lasting?: true;
  /** Tokens are not renewed before they have ended. */
  readonly late?: true;
  /** To a code that it does not take, where that is not an error of RFC 6749 section 5.2. */
  readonly refusedCode?: Failure;
  /** To a refresh token that has ended; absent where no error is documented that says so. */
  readonly dead?: Failure;
  /** What says nothing of the grant; default a gateway's 503. */
  readonly trouble?: Failure & { readonly code: ConnectionsErrorCode };
  readonly revocation?: SentRequest;
}

interface Step {
  readonly request: SentRequest;
  readonly answer: Readonly<Record<string, unknown>>;
  readonly reading: Reading;
}

interface Failure {
  readonly status: number;
  readonly body: unknown;
}

const ID = 'your-client-id';

export const withoutPkce = { response_type: 'code', client_id: ID, redirect_uri: REDIRECT_URI, state: STATE };
export const withPkce = { ...withoutPkce, code_challenge: CHALLENGE, code_challenge_method: 'S256' };

export const codeGrant = { grant_type: 'authorization_code', code: CODE, redirect_uri: REDIRECT_URI };
export const codeGrantWithVerifier = { ...codeGrant, code_verifier: VERIFIER };

export function refreshGrant(refreshToken: string) {
  return { grant_type: 'refresh_token', refresh_token: refreshToken };
}

/** The secret that a test puts into a variable. */
export function secretIn(variable: string): string {
  return `value-of-${variable}`;
}

export function inBody(variable: string, id = ID) {
  return { client_id: id, client_secret: secretIn(variable) };
}

export function inBasic(variable: string): string {
  return `Basic ${ID}:${secretIn(variable)}`;
}

export function form(url: string, body: SentRequest['body'], authorization?: string): SentRequest {
  return post(url, 'application/x-www-form-urlencoded;charset=UTF-8', body, authorization);
}

export function json(url: string, body: SentRequest['body'], authorization?: string): SentRequest {
  return post(url, 'application/json', body, authorization);
}

function post(url: string, type: string, body: SentRequest['body'], authorization?: string): SentRequest {
  const headers = { accept: 'application/json', 'content-type': type };
  return {
    url,
    method: 'POST',
    headers: authorization === undefined ? headers : { ...headers, authorization },
    body,
  };
}
