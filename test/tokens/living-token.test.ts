import { describe, expect, it } from 'vitest';
import { fitsInLines, livingShape, livingToken } from '../../src/tokens/living-token';
import { listedShape } from '../../src/tokens/listed-token';

const ref = { userId: 'ada', connectionName: 'linear', account: 'default' };
const key = 'ada\nlinear\ndefault\n';
const at = '2026-01-31T12:00:00.000Z';

describe('A living token', () => {
  it('is read from its lines', () => {
    expect(livingToken([`${key}2026-01-31T13:00:00.000Z\n${at}\nf1\n`, 'sealed', 'read'], ref)).toEqual({
      ...ref,
      accessTokenEncrypted: 'sealed',
      scopes: 'read',
      expiresAt: '2026-01-31T13:00:00.000Z',
      updatedAt: at,
      issuedUnder: 'f1',
      wasRejected: false,
    });
  });

  it('may never expire, may be one of another program, and may have been rejected', () => {
    const token = livingToken([`${key}never\n${at}\n\nrejected`, 'sealed', null], ref);
    expect(token).toMatchObject({ expiresAt: null, scopes: null, issuedUnder: '', wasRejected: true });
  });

  it.each([
    ['is not active, or of an unknown declaration', `${key}never\n${at}\n-\n`],
    ['has a line too many, as another program may have written it', `${key}never\nsince\n${at}\nf1\n`],
    ['has a part that another program left empty', null],
  ])('is for the whole row to tell where it %s', (_what, lines) => {
    expect(livingToken([lines, 'sealed', null], ref)).toBeNull();
  });

  it('does not fit in lines where a part of its key has more than one', () => {
    expect(fitsInLines(ref)).toBe(true);
    for (const name of ['userId', 'connectionName', 'account']) {
      expect(fitsInLines({ ...ref, [name]: 'a\nb' })).toBe(false);
    }
  });
});

it('A living token is read with one ciphertext, and what a user is shown with none', () => {
  const ciphertexts = ({ properties }: { readonly properties: readonly string[] }) =>
    properties.filter((property) => property.endsWith('Encrypted'));
  expect([ciphertexts(livingShape), ciphertexts(listedShape)]).toEqual([['accessTokenEncrypted'], []]);
});
