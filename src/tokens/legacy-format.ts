/** Formats in which other programs left tokens behind: they open, and are never written. */
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ConnectionsError } from '../errors';
import { NONCE_BYTES, TAG_BYTES, openAesGcm } from './aes-gcm';

/** One way of opening texts that are not ours. */
export interface LegacyFormat {
  /**
   * Whether `open` is the way to read a text, by its looks.
   * @param ciphertext as it stands in the column
   */
  recognizes(ciphertext: string): boolean;
  /**
   * @param ciphertext one that it recognizes
   * @throws ConnectionsError `ciphertext_invalid`
   */
  open(ciphertext: string): string;
}

/**
 * Fernet, with the key that the original service derived: SHA-256 of its JWT secret.
 * @param secret the JWT secret, as that service was given it
 */
export function fernetFormat(secret: string): LegacyFormat {
  const key = createHash('sha256').update(secret).digest();
  const [signing, encryption] = [key.subarray(0, 16), key.subarray(16)];
  return {
    recognizes: (ciphertext) => ciphertext.startsWith('gAAAA'),
    open(ciphertext) {
      const token = Buffer.from(ciphertext, 'base64url');
      const signed = token.subarray(0, -32);
      const signature = createHmac('sha256', signing).update(signed).digest();
      if (token.length < 73 || !timingSafeEqual(signature, token.subarray(-32))) throw doesNotOpen();
      const decipher = createDecipheriv('aes-128-cbc', encryption, signed.subarray(9, 25));
      return Buffer.concat([decipher.update(signed.subarray(25)), decipher.final()]).toString('utf8');
    },
  };
}

/**
 * AES-256-GCM without additional data, base64url of nonce, ciphertext and tag, with the key that the original service
 * derived: HKDF-SHA256 of its JWT secret.
 * @param secret the JWT secret, as that service was given it
 */
export function bareGcmFormat(secret: string): LegacyFormat {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'bond-ai-token-encryption', 32));
  return {
    recognizes: (ciphertext) => /^[\w-]{38,}={0,2}$/.test(ciphertext) && !ciphertext.startsWith('gAAAA'),
    open(ciphertext) {
      const bytes = Buffer.from(ciphertext, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw doesNotOpen();
      const text = openAesGcm(key, bytes.subarray(0, NONCE_BYTES), bytes.subarray(NONCE_BYTES));
      if (text === null) throw doesNotOpen();
      return text;
    },
  };
}

function doesNotOpen(): ConnectionsError {
  return new ConnectionsError(
    'ciphertext_invalid',
    'A text of another program does not open with the secret given for it. Nothing was changed. ' +
      'Check that it is the secret that program ran with.',
  );
}
