import { describe, expect, it } from 'vitest';
import { listedToken } from '../../src/tokens/listed-token';

/** A row as a database gives it. */
const rowOf = (...standing: readonly string[]) => [
  'ada',
  'linear',
  'work',
  standing.join('\n'),
  'read write',
  null,
  'v1.k1.\nv1.k1.',
  null,
];
const instants = ['2026-02-01T00:00:00.000Z', '2026-01-01T00:00:00.000Z'] as const;
/** Both rows below that have values say this, whatever their reasons are. */
const standing = {
  status: 'active',
  configFingerprint: 'fp',
  expiresAt: instants[0],
  createdAt: instants[1],
  generation: 3,
  hasRefreshToken: true,
};

describe('A row that is listed', () => {
  it('is read from its lines', () => {
    const row = rowOf('yes', '3', 'active', 'fp', ...instants, 'invalid_grant', 'refused');
    expect(listedToken(row)).toEqual({
      userId: 'ada',
      connectionName: 'linear',
      account: 'work',
      ...standing,
      doubt: 'invalid_grant',
      statusReason: 'refused',
      scopes: 'read write',
      providerMetadata: null,
      keyStarts: 'v1.k1.\nv1.k1.',
      trouble: null,
    });
  });

  it('has nothing where its columns had none', () => {
    expect(listedToken(rowOf('', '0', 'active', '-', '-', '-', '-', '-'))).toMatchObject({
      configFingerprint: null,
      expiresAt: null,
      generation: 0,
      hasRefreshToken: false,
      doubt: null,
      statusReason: null,
    });
  });

  it('stands as it did, whatever lines another program has written as a reason', () => {
    const row = rowOf('yes', '3', 'active', 'fp', ...instants, 'sync failed\nat 12:00', 'again\nfailed');
    expect(listedToken(row)).toMatchObject(standing);
  });
});
