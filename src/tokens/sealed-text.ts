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

/** What it takes to decrypt a text. */
export interface KeyNeeded {
  readonly keyId: string;
  /** Of the context that the text belongs to; null for a text without one. */
  readonly contextTag: string | null;
}

/** A text of the right form. */
export interface SealedText extends KeyNeeded {
  /** In base64url, like `sealed`: decoded by `sealedBytes`. */
  readonly nonce: string;
  readonly sealed: string;
}

const CONTEXT_TAG_LENGTH = 12;
const CONTEXT_TAG = /^[\w-]{12}$/;

/** How many characters of a text name its key and its context. */
export const KEY_START_LENGTH = SEALED_PREFIX.length + 32 + 1 + CONTEXT_TAG_LENGTH + 1;

const KEY_START = /^v1\.([\w-]{1,32})\.(?:([\w-]{12})\.)?/;

/**
 * @param start the first `KEY_START_LENGTH` characters of a text, or more
 * @returns null where they are not of the form
 */
export function keyNeeded(start: string): KeyNeeded | null {
  const [, keyId, contextTag = null] = KEY_START.exec(start) ?? [];
  return keyId === undefined ? null : { keyId, contextTag };
}

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
  if (!text.startsWith(SEALED_PREFIX)) return null;
  const idEnd = text.indexOf('.', SEALED_PREFIX.length);
  const nextEnd = idEnd < 0 ? -1 : text.indexOf('.', idEnd + 1);
  if (nextEnd < 0) return null;
  const keyId = text.slice(SEALED_PREFIX.length, idEnd);
  const next = text.slice(idEnd + 1, nextEnd);
  const lastEnd = text.indexOf('.', nextEnd + 1);
  if (lastEnd < 0) return ofForm({ keyId, contextTag: null, nonce: next, sealed: text.slice(nextEnd + 1) });
  if (text.includes('.', lastEnd + 1)) return null;
  const nonce = text.slice(nextEnd + 1, lastEnd);
  return ofForm({ keyId, contextTag: next, nonce, sealed: text.slice(lastEnd + 1) });
}

function ofForm(text: SealedText): SealedText | null {
  const { keyId, contextTag, sealed } = text;
  const isOfForm =
    KEY_ID.test(keyId) && (contextTag === null || CONTEXT_TAG.test(contextTag)) && sealed !== '';
  return isOfForm ? text : null;
}

/** @returns null when one of the two is too short, or is not what encoding gives */
export function sealedBytes(
  text: Pick<SealedText, 'nonce' | 'sealed'>,
): { readonly nonce: Buffer; readonly sealed: Buffer } | null {
  const nonce = fromBase64url(text.nonce);
  const sealed = fromBase64url(text.sealed);
  return nonce.length === NONCE_BYTES && sealed.length >= TAG_BYTES ? { nonce, sealed } : null;
}

/** Empty unless the text is what encoding gives. */
function fromBase64url(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64url');
  return isEncoding(text, bytes) ? bytes : Buffer.alloc(0);
}

/**
 * Whether encoding the bytes gives the text that they were decoded from, without encoding all of them again on the way to each
 * token. Node's decoder skips characters that are not base64url, and bits left over at the end; it also accepts `+` and `/`, and
 * takes the last byte of a character that is not ASCII.
 */
function isEncoding(text: string, bytes: Buffer): boolean {
  return (
    text.length === Math.ceil((bytes.length * 4) / 3) &&
    text.length === Buffer.byteLength(text) &&
    !text.includes('+') &&
    !text.includes('/') &&
    text.endsWith(bytes.toString('base64url', bytes.length - (bytes.length % 3)))
  );
}
