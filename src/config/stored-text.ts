/**
 * Which texts a table can hold, and which names of fields say that their value is a secret.
 * Decides what is refused before it gets near a column; never looks at secrets themselves.
 */
import type { Fault } from './fault';
import { fault } from './fault';

export const MAX_TEXT_LENGTH = 16_000;

// A name tells by its last words: `bot_token` is one, `token_access_type` is not.
const SECRET_NAME =
  /(?:^|_)(?:secrets?|passwords?|passwd|pwd|passphrase|token|credentials?|authorization|bearer|(?:private|api|access|signing|encryption)_?key|client_?assertion)$/;
const SECRET_PARAMETER = /^(?:key|sig|signature|sas|auth)$/;

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

/** Whether a field of that name holds a secret, as far as a name can tell. */
export function namesSecret(key: string): boolean {
  const words = key.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  return SECRET_NAME.test(words.replace(/[^a-z0-9]+/g, '_'));
}

/** The same of a parameter of a URL, where shorter names are in use. */
export function parameterNamesSecret(key: string): boolean {
  return SECRET_PARAMETER.test(key.toLowerCase()) || namesSecret(key);
}

/** What to do about a secret that is about to be stored. */
export const SECRET_ADVICE =
  'secrets must not be stored in the table: use client_secret_env, client_secret_file or client_secret_arn';
