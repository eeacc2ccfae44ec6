/** The suite for ciphers that hosts write themselves: ours passes, and one with any of many faults does not. */
import { describe, expect, it } from 'vitest';
import type { CipherPlace, TokenCipher } from '../../src';
import { keyRing } from '../../src';
import { testTokenCipher } from '../../src/testing';
import { failingTests } from './failing-tests';

const ring = () => keyRing({ current: 'k1', keys: { k1: new Uint8Array(32) } });

describe('testTokenCipher, with a key ring', () => testTokenCipher(ring, it));

describe('testTokenCipher', () => {
  const place: CipherPlace = { table: 'user_connection_tokens', column: 'any', row: [] };
  const faulty: Readonly<Record<string, Partial<TokenCipher>>> = {
    'keeps the text as it is': { encrypt: (text) => text, decrypt: (text) => text },
    'forgets the place': {
      encrypt: (text) => ring().encrypt(text, place),
      decrypt: (text) => ring().decrypt(text, place),
    },
    'forgets the column': {
      encrypt: (text, at) => ring().encrypt(text, { ...at, column: 'any' }),
      decrypt: (text, at) => ring().decrypt(text, { ...at, column: 'any' }),
    },
    'puts parts one after another': {
      encrypt: (text, at) => ring().encrypt(text, { ...at, row: [at.row.join('')] }),
      decrypt: (text, at) => ring().decrypt(text, { ...at, row: [at.row.join('')] }),
    },
    'breaks lines': { encrypt: async (text, at) => `${await ring().encrypt(text, at)}\n` },
    'throws errors of its own': {
      decrypt: () => {
        throw new Error('no');
      },
    },
    'takes nothing for current': { isCurrent: () => false },
    'has the key of nothing': { hasKeyOf: () => false },
    'begins otherwise than it says': { ownPrefix: 'other' },
  };
  it.each(Object.entries(faulty))('fails for a cipher that %s', async (_what, fault) => {
    const own = ring();
    const cipher: TokenCipher = {
      encrypt: (text, at) => own.encrypt(text, at),
      decrypt: (text, at) => own.decrypt(text, at),
      isCurrent: (text) => own.isCurrent(text),
      ...fault,
    };
    expect(await failingTests((register) => testTokenCipher(() => cipher, register))).not.toEqual([]);
  });

  it('fails for a cipher with a key that no other process has', async () => {
    const make = () => keyRing({ current: 'k', keys: { k: crypto.getRandomValues(new Uint8Array(32)) } });
    expect(await failingTests((register) => testTokenCipher(make, register))).toContain(
      'decrypts in one process what another has encrypted',
    );
  });
});
