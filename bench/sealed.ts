/** AES-256-GCM in the form of a key ring's texts, as a program writes it that has one key for everything. */
import type { KeyObject } from 'node:crypto';
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const TAG_BYTES = 16;

export interface FloorKey {
  /** As it stands in the texts. */
  readonly id: string;
  readonly key: KeyObject;
}

/** @param place table, column, and what the row is about */
export function seal(text: string, place: readonly string[], { id, key }: FloorKey): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(boundTo(id, place));
  const bytes = Buffer.concat([cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  return `v1.${id}.${nonce.toString('base64url')}.${bytes.toString('base64url')}`;
}

/** @param keyOf the key of an id */
export function open(ciphertext: string, place: readonly string[], keyOf: (id: string) => KeyObject): string {
  const [, id = '', nonce = '', text = ''] = ciphertext.split('.');
  const bytes = Buffer.from(text, 'base64url');
  const decipher = createDecipheriv('aes-256-gcm', keyOf(id), Buffer.from(nonce, 'base64url'), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(boundTo(id, place)).setAuthTag(bytes.subarray(-TAG_BYTES));
  return decipher.update(bytes.subarray(0, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
}

function boundTo(id: string, place: readonly string[]): Buffer {
  return Buffer.from(JSON.stringify(['v1', id, ...place]));
}
