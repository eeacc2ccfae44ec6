import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CipherPlace } from '../../src/tokens/cipher';
import { keyRing, parseKeyRing } from '../../src/tokens/key-ring';
import { k1, k2, opening, place, ring, sealed } from '../setup/sealed-secret';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const LENGTH_BEFORE_SEALED = 'v1.k1.'.length + 16 + '.'.length;

describe('keyRing', () => {
  it('opens what it encrypted, whatever the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(ring.decrypt(ring.encrypt(text, place) as string, place)).toBe(text);
      }),
    );
  });

  it('writes v1, the key’s id, the nonce and the rest in base64url, never the same twice', () => {
    expect(sealed).toMatch(/^v1\.k1\.[\w-]{16}\.[\w-]+$/);
    expect(ring.encrypt('a secret', place)).not.toBe(sealed);
  });

  it.each<[string, Partial<CipherPlace>]>([
    ['another user', { row: ['ole', 'atlassian', 'default'] }],
    ['another connection', { row: ['ada', 'github', 'default'] }],
    ['another account', { row: ['ada', 'atlassian', 'work'] }],
    ['another column', { column: 'refresh_token_encrypted' }],
    ['another table', { table: 'connection_oauth_states' }],
    ['parts that join to the same text', { row: ['ada","atlassian', 'default'] }],
    ['fewer parts', { row: ['ada', 'atlassian'] }],
  ])('does not open where it was copied to: %s', (_, changes) => {
    expect(opening(sealed, { ...place, ...changes })).toThrow(
      expect.objectContaining({ code: 'ciphertext_invalid' }),
    );
  });

  it('does not open when any character of it was changed or is missing', () => {
    for (let index = 'v1.k1.'.length; index < sealed.length; index += 1) {
      const changed = sealed[index] === 'A' ? 'B' : 'A';
      expect(opening(sealed.slice(0, index) + changed + sealed.slice(index + 1))).toThrow();
      expect(opening(sealed.slice(0, index))).toThrow(
        expect.objectContaining({ code: 'ciphertext_invalid' }),
      );
    }
    expect(opening(`${sealed}.x`)).toThrow(expect.objectContaining({ code: 'ciphertext_invalid' }));
    expect(opening(sealed.replace(/.$/, '!'))).toThrow(
      expect.objectContaining({ code: 'ciphertext_invalid' }),
    );
  });

  it('does not open another spelling of the same bytes', () => {
    // With both characters that base64 spells otherwise, and a last one that has bits of no byte.
    const texts = Array.from({ length: 1000 }, () => ring.encrypt('nine char', place) as string);
    const text = texts.find((one) => /-\w*_[\w-]*$/.test(one.slice(LENGTH_BEFORE_SEALED))) ?? '';
    const sealedAt = (change: (part: string) => string) =>
      text.slice(0, LENGTH_BEFORE_SEALED) + change(text.slice(LENGTH_BEFORE_SEALED));
    const unusedBit = (last: string) => ALPHABET[ALPHABET.indexOf(last) + 1] ?? '';
    const others = {
      plus: sealedAt((part) => part.replace('-', '+')),
      slash: sealedAt((part) => part.replace('_', '/')),
      padding: `${text}==`,
      lineEnd: `${text}\n`,
      space: sealedAt((part) => ` ${part}`),
      sameLastByte: sealedAt((part) =>
        part.replace(/\w/, (one) => String.fromCodePoint((one.codePointAt(0) ?? 0) + 0x100)),
      ),
      unusedBit: text.replace(/.$/, unusedBit),
    };
    expect(opening(text)()).toBe('nine char');
    for (const other of Object.values(others)) {
      expect(opening(other)).toThrow(expect.objectContaining({ code: 'ciphertext_invalid' }));
    }
  });

  it('tells a key that it lacks from a text that was changed', () => {
    const other = keyRing({ current: 'k2', keys: { k2 } });
    expect(opening(sealed, place, other)).toThrow(expect.objectContaining({ code: 'key_unknown' }));
    const sameId = keyRing({ current: 'k1', keys: { k1: k2 } });
    expect(opening(sealed, place, sameId)).toThrow(expect.objectContaining({ code: 'ciphertext_invalid' }));
  });

  it('rotates in two phases: first every process opens the new key, then one writes it', () => {
    const before = keyRing({ current: 'k1', keys: { k1 } });
    const added = keyRing({ current: 'k1', keys: { k1, k2 } });
    const after = keyRing({ current: 'k2', keys: { k1, k2 } });
    const texts = [before, added, after].map((cipher) => cipher.encrypt('a secret', place) as string);
    for (const text of texts) {
      expect(added.decrypt(text, place)).toBe('a secret');
      expect(after.decrypt(text, place)).toBe('a secret');
    }
    expect(texts.map((text) => after.isCurrent(text))).toEqual([false, false, true]);
    expect(opening(texts[2] ?? '', place, before)).toThrow(expect.objectContaining({ code: 'key_unknown' }));
  });

  it('names the column and never the text or the key', () => {
    for (const attempt of [opening(`${sealed}x`), opening('marked-secret'), opening('v1.gone.AAAA.BBBB')]) {
      expect(attempt).toThrow(
        expect.objectContaining({ message: expect.stringContaining('access_token_encrypted') }),
      );
      expect(attempt).not.toThrow(
        expect.objectContaining({ message: expect.stringMatching(/marked|ada|AAAA/) }),
      );
    }
  });
});

describe('parseKeyRing', () => {
  it('takes the first key for the current one', () => {
    const cipher = parseKeyRing(`new:${k2}, old:${k1}`);
    expect(cipher.encrypt('x', place)).toMatch(/^v1\.new\./);
    const old = keyRing({ current: 'old', keys: { old: k1 } }).encrypt('x', place) as string;
    expect(cipher.decrypt(old, place)).toBe('x');
  });

  it('takes the context and those before it', () => {
    const old = parseKeyRing(`k1:${k1}`).encrypt('x', place) as string;
    const cipher = parseKeyRing(`k1:${k1}`, { context: 'production', previousContexts: [null] });
    expect(cipher.decrypt(old, place)).toBe('x');
    expect(cipher.encrypt('x', place)).toContain(
      `v1.k1.${createHash('sha256').update('production').digest('base64url').slice(0, 12)}.`,
    );
  });

  it.each([
    ['nothing', undefined],
    ['only spaces', ' , '],
    ['a key without an id', k1.replace('+', 'x')],
    ['a short key', 'k:c2hvcnQ='],
    ['an id with a dot', `a.b:${k1}`],
    ['key and id swapped', `${k1}:k`],
    ['one id twice', `a:${k1},a:${k2}`],
  ])('refuses %s without showing it', (_, text) => {
    const parsing = () => parseKeyRing(text);
    expect(parsing).toThrow(expect.objectContaining({ code: 'key_invalid' }));
    expect(parsing).not.toThrow(
      expect.objectContaining({ message: expect.stringMatching(/c2hvcnQ|[\w+/]{20}/) }),
    );
  });

  it('refuses a current key that is not among the keys', () => {
    expect(() => keyRing({ current: 'k9', keys: { k1 } })).toThrow(
      expect.objectContaining({ code: 'key_invalid' }),
    );
  });
});
