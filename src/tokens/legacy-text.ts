/**
 * Opens a text that a key ring did not write, in a format of the program before. Such texts are bound to no row, so they are
 * accepted only where that program left tokens.
 */
import { isConnectionsError } from '../errors';
import type { CipherPlace, LegacyFormat } from './cipher';
import { ciphertextInvalid } from './cipher-error';

/** States live ten minutes and are deleted by an adoption, and no other program had registrations. */
const LEGACY_TABLE: CipherPlace['table'] = 'user_connection_tokens';

/** @throws ConnectionsError `ciphertext_invalid`, or what the format itself says */
export function openLegacy(formats: readonly LegacyFormat[], ciphertext: string, place: CipherPlace): string {
  let plaintext: unknown;
  try {
    const format =
      place.table === LEGACY_TABLE ? formats.find((one) => one.recognizes(ciphertext)) : undefined;
    if (!format) throw ciphertextInvalid(place, 'its format is not known');
    plaintext = format.open(ciphertext);
  } catch (error) {
    if (isConnectionsError(error)) throw error;
    throw ciphertextInvalid(place, 'its legacy format failed');
  }
  if (typeof plaintext === 'string') return plaintext;
  throw ciphertextInvalid(place, 'its legacy format gave no text');
}
