/** One field of a declaration, and a server that takes nothing but what the field is there for. */
import type { OAuthOptions } from '../../../src/config/definition';
import type { Reading, SentRequest } from '../../setup/provider-journey';

export interface Quirk {
  readonly field: keyof OAuthOptions;
  /** What the provider does. */
  readonly provider: string;
  /** The authorization page: what it adds to the callback, or how it refuses. */
  readonly page?: (asked: Readonly<Record<string, string>>) => Record<string, string>;
  /** The endpoints for tokens: fields of the answer, or the code of an error. */
  readonly answer: (request: SentRequest, asked: Readonly<Record<string, string>>) => object | string;
  /** What becomes of a user by what is declared; the first is as it should be. */
  readonly outcomes: readonly (readonly [declared: OAuthOptions, outcome: Outcome])[];
}

/** What is read, or the code of the error. */
export interface Outcome {
  readonly connected: Reading | string;
  /** `null` where the user is not connected. */
  readonly renewed: Reading | string | null;
}

export const SECRET = 's+c/r%t_ü';

const first: Reading = { accessToken: 'first', expiresIn: 3600, scopes: ['a', 'b'], metadata: null };

export const works = { connected: first, renewed: { ...first, accessToken: 'second' } } satisfies Outcome;

/** Both readings, with what differs in them. */
export function worksWith(changes: Partial<Reading>): Outcome {
  return { connected: { ...works.connected, ...changes }, renewed: { ...works.renewed, ...changes } };
}

export function notConnected(code: string): Outcome {
  return { connected: code, renewed: null };
}

export function notRenewed(code: string): Outcome {
  return { connected: first, renewed: code };
}

export function isRefresh({ body }: SentRequest): boolean {
  return body['grant_type'] === 'refresh_token';
}

/** RFC 6749 section 5.1. */
export function issued(request: SentRequest) {
  return {
    access_token: isRefresh(request) ? 'second' : 'first',
    token_type: 'Bearer',
    refresh_token: 'lasting',
    expires_in: 3600,
  };
}

/** Tokens if it is so, an error of RFC 6749 section 5.2 otherwise. */
export function onlyIf(isRight: boolean, request: SentRequest, error = 'invalid_request'): object | string {
  return isRight ? issued(request) : error;
}

/** A refusal of RFC 6749 section 4.1.2.1, which has no code. */
export function refusal(error: string): Record<string, string> {
  return { error, code: '' };
}
