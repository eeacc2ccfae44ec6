/**
 * The text form of what a key ring encrypts: `v1.<key id>.<nonce>.<ciphertext and tag>`, and with a context
 * `v1.<key id>.<context tag>.<nonce>.<ciphertext and tag>`. What comes from a column is taken apart here, and judged by the
 * key ring.
 */
import { createHash } from 'node:crypto';
import { NONCE_BYTES, TAG_BYTES } from './aes-gcm';

export const VERSION = 'v1';

/** What every text begins with. */
export const SEALED_PREFIX = `${VERSION}.`;

export const KEY_ID = /^[\w-]{1,32}$/;

/** A text of the right form. */
export interface SealedText {
  readonly keyId: string;
  /** Of the context that the text belongs to; null for a text without one. */
  readonly contextTag: string | null;
  /** In base64url, like `sealed`: decoded by `sealedBytes`. */
  readonly nonce: string;
  readonly sealed: string;
}

const CONTEXT_TAG_LENGTH = 12;
const CONTEXT_TAG = /^[\w-]{12}$/;

/** Says which context a text belongs to without showing it: the beginning of its SHA-256 digest. */
export function contextTagOf(context: string | null): string | null {
  if (context === null) return null;
  return createHash('sha256').update(context).digest('base64url').slice(0, CONTEXT_TAG_LENGTH);
}

export function formatSealed({ keyId, contextTag, nonce, sealed }: SealedText): string {
  return contextTag === null
    ? `${SEALED_PREFIX}${keyId}.${nonce}.${sealed}`
    : `${SEALED_PREFIX}${keyId}.${contextTag}.${nonce}.${sealed}`;
}

/** @returns null for a text that is not of this form */
export function parseSealed(text: string): SealedText | null {
  const parts = text.split('.');
  const contextTag = parts.length === 5 ? (parts[2] ?? '') : null;
  const [version, keyId = ''] = parts;
  const [nonce = '', sealed = ''] = parts.slice(contextTag === null ? 2 : 3);
  const isOfForm =
    version === VERSION &&
    (parts.length === 4 || parts.length === 5) &&
    KEY_ID.test(keyId) &&
    (contextTag === null || CONTEXT_TAG.test(contextTag)) &&
    sealed !== '';
  return isOfForm ? { keyId, contextTag, nonce, sealed } : null;
}

/** @returns null when one of the two is too short, or is not what encoding gives */
export function sealedBytes(
  text: Pick<SealedText, 'nonce' | 'sealed'>,
): { readonly nonce: Buffer; readonly sealed: Buffer } | null {
  const nonce = fromBase64url(text.nonce);
  const sealed = fromBase64url(text.sealed);
  return nonce.length === NONCE_BYTES && sealed.length >= TAG_BYTES ? { nonce, sealed } : null;
}

/** Empty unless the text is what encoding gives: Node skips what is not base64url, and bits that no byte has. */
function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  const isWhole =
    bytes.length === Math.floor((text.length * 3) / 4) && text.length % 4 !== 1 && BASE64URL.test(text);
  // The last characters hold bits that no byte has; encoding again says whether they are zero.
  const tail = text.length % 4;
  const isExact =
    isWhole && (tail === 0 || bytes.subarray(-(tail - 1)).toString('base64url') === text.slice(-tail));
  return isExact ? bytes : Buffer.alloc(0);
}

const BASE64URL = /^[\w-]*$/;
