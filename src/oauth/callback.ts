/** Parses the parameters of a callback (RFC 6749 section 4.1.2, RFC 9207). It does not verify them. */
import type { JsonObject } from '../config/definition';
import { ConnectionsError } from '../errors';
import { parseUrl } from '../url';

export interface Callback {
  /** Do not use its host: it is made up when only a path was given. */
  readonly url: URL;
  readonly state: string;
  /** `null` when the provider sent an error, or neither. */
  readonly code: string | null;
  /** RFC 6749 section 4.1.2.1. */
  readonly error: string | null;
  readonly errorDescription: string | null;
  /** RFC 9207 section 2. */
  readonly issuer: string | null;
  /** All parameters, for `capture`. */
  readonly parameters: JsonObject;
}

/** In characters; no provider sends a longer callback. */
const MAX_LENGTH = 16_000;

const SINGLE = ['state', 'code', 'error', 'iss'];

/**
 * @param given the callback URL, absolute or beginning with its path
 * @throws ConnectionsError `callback_invalid`; the message shows no part of the URL, which holds the code
 */
export function readCallback(given: string | URL): Callback {
  const text = textOf(given);
  if (typeof text !== 'string' || text.length > MAX_LENGTH)
    throw invalid(`is not text, or is longer than ${MAX_LENGTH} characters`);
  const url = parseUrl(text, 'http://callback.invalid');
  if (url === null) throw invalid('cannot be parsed');
  const query = url.searchParams;
  // RFC 6749 section 3.1: no parameter twice. A proxy in front of the host might check the one that we do not read.
  if (SINGLE.some((name) => query.getAll(name).length > 1))
    throw invalid(`has one of ${SINGLE.join(', ')} twice`);
  const value = (name: string) => query.get(name) || null;
  const state = value('state');
  if (state === null) throw invalid('has no parameter `state`');
  return {
    url,
    state,
    code: value('code'),
    error: value('error'),
    errorDescription: value('error_description'),
    issuer: value('iss'),
    parameters: Object.fromEntries(query),
  };
}

/** Reading anything of a value may throw: a proxy's traps, a getter. */
function textOf(given: unknown): unknown {
  try {
    return given instanceof URL ? given.href : given;
  } catch {
    return undefined;
  }
}

function invalid(what: string): ConnectionsError {
  return new ConnectionsError(
    'callback_invalid',
    `The callback URL ${what}. Pass the URL of the request to \`complete\` unchanged, query included, and call ` +
      '`authorize` again for the user.',
  );
}
