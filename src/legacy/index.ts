/**
 * Formats in which the original service stored tokens. They can be decrypted and are never written.
 * @module mcp-connections/legacy
 */
import { createDecipheriv, createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ConnectionsError } from '../errors';
import { optionInvalid } from '../options';
import { NONCE_BYTES, TAG_BYTES, openAesGcm } from '../tokens/aes-gcm';
import type { LegacyFormat } from '../tokens/cipher';

export type { LegacyFormat };

/**
 * Fernet, with the key that the original service derived: SHA-256 of its JWT secret.
 * @param secret the JWT secret of that service
 * @throws ConnectionsError `option_invalid` without a secret
 * @example
 * const cipher = parseKeyRing(process.env.CONNECTION_KEYS, { legacy: [fernetFormat(jwtSecret)] });
 * const connections = new Connections(store, { cipher });
 * await connections.reencrypt(); // then the format and the JWT secret are no longer needed
 */
export function fernetFormat(secret: string): LegacyFormat {
  requireSecret('fernetFormat', secret);
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
 * @param secret the JWT secret of that service
 * @throws ConnectionsError `option_invalid` without a secret
 * @example
 * const cipher = parseKeyRing(process.env.CONNECTION_KEYS, { legacy: [bareGcmFormat(jwtSecret)] });
 */
export function bareGcmFormat(secret: string): LegacyFormat {
  requireSecret('bareGcmFormat', secret);
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

function requireSecret(call: string, secret: unknown): void {
  if (typeof secret === 'string' && secret !== '') return;
  throw optionInvalid(`\`${call}\` needs the JWT secret of the original service, a text that is not empty.`);
}

function doesNotOpen(): ConnectionsError {
  return new ConnectionsError(
    'ciphertext_invalid',
    'A text in a legacy format cannot be decrypted with the secret that was given. Nothing was changed. ' +
      'Check that it is the JWT secret with which the original service ran.',
  );
}
