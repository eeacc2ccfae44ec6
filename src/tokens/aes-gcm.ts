/** AES-256-GCM (NIST SP 800-38D) as every format here has it: a nonce of 12 bytes, and the tag after the ciphertext. */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ALGORITHM = 'aes-256-gcm';
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

/** `sealed`: ciphertext and tag. */
export function sealAesGcm(
  key: KeyObject,
  plaintext: string,
  additionalData: Buffer,
): { readonly nonce: Buffer; readonly sealed: Buffer } {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce).setAAD(additionalData);
  const sealed = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return { nonce, sealed };
}

/**
 * @param sealed ciphertext and tag, at least as long as a tag
 * @returns null when the key, the nonce, the text or the additional data is not what it was
 */
export function openAesGcm(
  key: KeyObject | Buffer,
  nonce: Buffer,
  sealed: Buffer,
  additionalData: Buffer = Buffer.alloc(0),
): string | null {
  const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(additionalData).setAuthTag(sealed.subarray(-TAG_BYTES));
  try {
    // As bytes: a decoder of streams takes as long as the decryption. `final` has none left, and checks the tag.
    const plaintext = decipher.update(sealed.subarray(0, -TAG_BYTES));
    decipher.final();
    return plaintext.toString('utf8');
  } catch {
    return null;
  }
}
