/**
 * Which texts a table can hold.
 * Decides what is refused before it gets near a column.
 */
import type { Fault } from './fault';
import { fault } from './fault';

export const MAX_TEXT_LENGTH = 16_000;

/** The complaint about a text that no table can hold as it is, if there is one. */
export function storedTextFault(text: string): Fault | undefined {
  if (text.length > MAX_TEXT_LENGTH) {
    const allowed = `at most ${MAX_TEXT_LENGTH} characters are allowed`;
    return fault('too_large', `a text of ${text.length} characters`, allowed);
  }
  if (text.includes('\0')) {
    return fault('invalid_text', 'a NUL character', 'texts must not contain one');
  }
  if (/\p{Cs}/u.test(text)) {
    return fault('invalid_text', 'a lone surrogate', 'texts must be well-formed Unicode');
  }
  return undefined;
}

/** What to do about a secret that is about to be stored. */
export const SECRET_ADVICE =
  'secrets must not be stored in the table: use client_secret_env, client_secret_file or client_secret_arn';
