import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CipherPlace } from '../../src/tokens/cipher';
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

it.each([fernetFormat, bareGcmFormat])('%o needs a secret', (format) => {
  for (const wrong of [undefined, '', 5]) {
    expect(() => format(wrong as never)).toThrow(expect.objectContaining({ code: 'option_invalid' }));
  }
});
