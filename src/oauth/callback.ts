/** What a provider sends a user back with (RFC 6749 section 4.1.2, RFC 9207), read and not yet believed. */
import type { JsonObject } from '../config/definition';
import { ConnectionsError } from '../errors';

export interface Callback {
  readonly state: string;
  /** `null` when the provider sends an error, or nothing. */
  readonly code: string | null;
  /** RFC 6749 section 4.1.2.1. */
  readonly error: string | null;
  readonly errorDescription: string | null;
  /** RFC 9207 section 2. */
  readonly issuer: string | null;
  /** All of it, for `capture`. */
  readonly parameters: JsonObject;
}

/** No provider's callback is longer. */
const MAX_LENGTH = 16_000;

const SINGLE = ['state', 'code', 'error', 'iss'];

/**
 * @param given the callback's address, absolute or from its path on
 * @throws ConnectionsError `callback_invalid`, which shows no part of it
 */
export function readCallback(given: string | URL): Callback {
  const text = typeof given === 'string' ? given : given.href;
  if (typeof text !== 'string' || text.length > MAX_LENGTH) throw invalid('is no address, or too long');
  let query: URLSearchParams;
  try {
    query = new URL(text, 'http://callback.invalid').searchParams;
  } catch {
    throw invalid('is no address');
  }
  // RFC 6749 section 3.1: no parameter twice. Whoever reads the other one would see something else.
  if (SINGLE.some((name) => query.getAll(name).length > 1)) throw invalid('has a parameter twice');
  const value = (name: string) => query.get(name) || null;
  const state = value('state');
  if (state === null) throw invalid('has no state');
  return {
    state,
    code: value('code'),
    error: value('error'),
    errorDescription: value('error_description'),
    issuer: value('iss'),
    parameters: Object.fromEntries(query),
  };
}

function invalid(what: string): ConnectionsError {
  return new ConnectionsError(
    'callback_invalid',
    `The address of the callback ${what}. Give \`complete\` the address as it was requested, and let the user begin again.`,
  );
}
