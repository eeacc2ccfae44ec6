/** What the outcome of a refresh says of the provider, and not of the one token. */
import { isConnectionsError } from '../errors';
import type { Refusal } from '../oauth/token-errors';
import type { RefreshResult } from '../tokens/refresh-run.js';

/** A refusal may be about its token alone. */
export type Sign = 'success' | 'refusal' | 'failure';

/** Errors of our own database, or about one row. */
const NOT_OF_PROVIDER = [
  'connections_closed',
  'database_busy',
  'database_failed',
  'tables_missing',
  'schema_outdated',
  'key_unknown',
  'ciphertext_invalid',
  'tokens_invalid',
  'token_not_saved',
] as const;

/** Refusals that have nothing to do with the token. */
const OF_CLIENT: ReadonlySet<Refusal> = new Set([
  'invalid_client',
  'unauthorized_client',
  'unsupported_grant_type',
  'not_found',
  'redirect',
  'not_sent',
]);

/** @returns null when it says nothing */
export function signOf({ answer }: RefreshResult): Sign | null {
  if (answer === null) return null;
  if (answer.kind === 'transient') return 'failure';
  if (answer.kind !== 'misconfigured') return 'success';
  return OF_CLIENT.has(answer.error) && !answer.isClientForgotten ? 'failure' : 'refusal';
}

/** @returns null when it says nothing */
export function signOfError(error: unknown): Sign | null {
  return isConnectionsError(error, ...NOT_OF_PROVIDER) ? null : 'failure';
}
