/** A ciphertext is opened only as it was written: bit for bit, in one spelling, under the id of its own key. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyRing } from '../../src';
import { keyOf } from '../setup/connected';
import { alterations } from './ciphertext-changes';
import { codeOf } from './outcome';
import { runs } from './size';

const refusals = ['ciphertext_invalid', 'key_unknown'];

describe('A ciphertext', () => {
  const place = {
    table: 'user_connection_tokens',
    column: 'access_token_encrypted',
    row: ['ada', 'a', 'b'],
  } as const;
  const ring = keyRing({ current: 'k1', keys: { k1: keyOf('1'), k3: keyOf('3') } });
  const code = async (text: string) => codeOf(Promise.resolve().then(() => ring.decrypt(text, place)));

  it('is refused when any one bit of it is another, or when it ends early', async () => {
    const sealed = (await ring.encrypt('a secret of some length', place)).split('.');
    const bytes = Buffer.from(sealed.slice(2).join(''), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const [nonce, rest] = [changed.subarray(0, 12), changed.subarray(12)].map((part) =>
        part.toString('base64url'),
      );
      expect(await code(`v1.k1.${nonce}.${rest}`)).toBe('ciphertext_invalid');
    }
    const text = sealed.join('.');
    for (let length = 0; length < text.length; length += 1) {
      expect(refusals).toContain(await code(text.slice(0, length)));
    }
    expect(await code(text)).toBeNull();
  });

  it('is refused under the id of another key of the ring, and in every other spelling', async () => {
    await fc.assert(
      fc.asyncProperty(alterations, async (change) => {
        const text = await ring.encrypt('a secret', place);
        expect(refusals).toContain(await code(change.of(text)));
        expect(refusals).toContain(await code(text.replace('.k1.', '.k3.')));
      }),
      runs(100, 20_000),
    );
  });
});
