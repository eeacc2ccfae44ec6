/** Why a text in a column cannot be decrypted, and what to do about it. No message shows a text: it may be a token in clear. */
import { ConnectionsError, quote } from '../errors';
import type { CipherPlace } from './cipher';

/** @param why the end of a sentence about the text */
export function ciphertextInvalid(place: CipherPlace, why: string): ConnectionsError {
  return new ConnectionsError(
    'ciphertext_invalid',
    `A text in ${where(place)} cannot be decrypted: ${why}. Nothing was changed. Restore the row from a backup, or let the ` +
      'user connect again.',
  );
}

/** @param hasContext whether the text belongs to any */
export function otherContext(place: CipherPlace, hasContext: boolean): ConnectionsError {
  const [found, missing] = hasContext
    ? ['in another context', 'that context']
    : ['without a context', 'null'];
  return new ConnectionsError(
    'ciphertext_invalid',
    `A text in ${where(place)} was encrypted ${found}. Nothing was changed. If the row belongs here, correct \`context\` of the ` +
      `key ring, or add ${missing} to \`previousContexts\` and call \`reencrypt\`; if it came from another database, delete it.`,
  );
}

export function unknownKey(place: CipherPlace, id: string): ConnectionsError {
  return new ConnectionsError(
    'key_unknown',
    `A text in ${where(place)} was encrypted with the key ${quote(id)}, which this process does not have. ` +
      'Nothing was changed. Add that key to `keys`.',
  );
}

function where({ table, column }: CipherPlace): string {
  return `${table}.${column}`;
}
