/** A key ring, and a text that it encrypted for one place. */
import { randomBytes } from 'node:crypto';
import type { CipherPlace } from '../../src';
import { keyRing } from '../../src';

/** A new key of 32 bytes. */
const key = () => randomBytes(32).toString('base64');

export const place: CipherPlace = {
  table: 'user_connection_tokens',
  column: 'access_token_encrypted',
  row: ['ada', 'atlassian', 'default'],
};
export const [k1, k2] = [key(), key()];
export const ring = keyRing({ current: 'k1', keys: { k1 } });
export const sealed = ring.encrypt('a secret', place) as string;

/** For `expect(...).toThrow`. */
export const opening =
  (text: string, where = place, cipher = ring) =>
  () =>
    cipher.decrypt(text, where);
