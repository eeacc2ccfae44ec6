import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CipherPlace } from '../../src/tokens/cipher';
import { ConnectionsError } from '../../src/errors';
import { keyRing } from '../../src/tokens/key-ring';
import { bareGcmFormat, fernetFormat } from '../../src/legacy';

const secret = 'legacy-jwt-secret-for-fixtures';
const place: CipherPlace = {
  table: 'user_connection_tokens',
  column: 'access_token_encrypted',
  row: ['ada'],
};

/** Access and refresh tokens as another program left them, in the order of their rows. */
function texts(generation: 'a' | 'b'): string[] {
  const sql = readFileSync(`test/fixtures/legacy/schema-${generation}.sqlite.sql`, 'utf8');
  return sql
    .split('\n')
    .filter((line) => line.startsWith('INSERT INTO user_connection_tokens'))
    .flatMap((line) => line.match(/'[\w-]{38,}={0,2}'/g) ?? [])
    .map((text) => text.slice(1, -1));
}

const plain = [
  'at-ada-atlassian',
  'rt-ada-atlassian',
  'at-ada-github',
  `at-ole-retired-${'x'.repeat(4096)}`,
  'rt-ole-retired',
];

const both = (given: string) => [fernetFormat(given), bareGcmFormat(given)];
const ring = (given: string) =>
  keyRing({ current: 'k', keys: { k: Buffer.alloc(32, 7) }, legacy: both(given) });

describe.each(['a', 'b'] as const)('tokens of the legacy generation %s', (generation) => {
  it('open through the cipher', () => {
    const cipher = ring(secret);
    expect(texts(generation).map((text) => cipher.decrypt(text, place))).toEqual(plain);
    expect(texts(generation).map((text) => cipher.isCurrent(text))).toEqual(plain.map(() => false));
  });

  it('do not open with another secret, or when they were changed', () => {
    const [text = ''] = texts(generation);
    const changed = `${text.slice(0, 30)}${text[30] === 'A' ? 'B' : 'A'}${text.slice(31)}`;
    for (const attempt of [
      () => ring('another').decrypt(text, place),
      () => ring(secret).decrypt(changed, place),
      () => ring(secret).decrypt(text.slice(0, 44), place),
    ]) {
      expect(attempt).toThrow(expect.objectContaining({ code: 'ciphertext_invalid' }));
    }
  });
});

describe('A legacy format', () => {
  const [text = ''] = texts('b');

  it.each(['connection_oauth_states', 'connection_client_registrations'] as const)(
    'opens nothing in %s, where the original service left nothing',
    (table) => {
      expect(() => ring(secret).decrypt(text, { ...place, table })).toThrow(
        expect.objectContaining({ code: 'ciphertext_invalid' }),
      );
    },
  );

  it.each<[string, () => unknown]>([
    ['throws a RangeError', () => 'x'.repeat(-1)],
    ['returns a promise', async () => 'at'],
    ['returns nothing', () => undefined],
  ])('whose `open` %s gives ciphertext_invalid', (_, open) => {
    const legacy = [{ recognizes: () => true, open: open as () => string }];
    const cipher = keyRing({ current: 'k', keys: { k: Buffer.alloc(32, 7) }, legacy });
    expect(() => cipher.decrypt('marked-text', place)).toThrow(
      expect.objectContaining({
        code: 'ciphertext_invalid',
        message: expect.not.stringContaining('marked-text'),
      }),
    );
  });

  it('may say itself why a text does not open', () => {
    const error = new ConnectionsError('key_unknown', 'The key of that year is gone.');
    const open = () => {
      throw error;
    };
    const legacy = [{ recognizes: () => true, open }];
    const cipher = keyRing({ current: 'k', keys: { k: Buffer.alloc(32, 7) }, legacy });
    expect(() => cipher.decrypt('text', place)).toThrow(error);
  });

  it('is announced by the cipher that accepts it', () => {
    expect(ring(secret).ownPrefix).toBe('v1.');
    expect(keyRing({ current: 'k', keys: { k: Buffer.alloc(32, 7) } }).ownPrefix).toBeUndefined();
  });
});

it.each([fernetFormat, bareGcmFormat])('%o needs a secret', (format) => {
  for (const wrong of [undefined, '', 5]) {
    expect(() => format(wrong as never)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  }
});
