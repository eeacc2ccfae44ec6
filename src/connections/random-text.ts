/** Unguessable texts, and the digests of them that tables keep. */
import { createHash, randomBytes } from 'node:crypto';

/** 256 random bits. */
export function randomText(): string {
  return randomBytes(32).toString('base64url');
}

/** Whether a text has the form of `randomText`. */
export function isRandomText(text: unknown): text is string {
  return typeof text === 'string' && /^[\w-]{43}$/.test(text);
}

/**
 * What the row of a flow keeps of the browser's cookie. With the state in it, two flows of one browser have nothing in
 * common in the table.
 */
export function bindingDigest(browserBinding: string, state: string): string {
  return digestOf(`${browserBinding}.${state}`);
}

export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
