import { describe, expect, it } from 'vitest';
import type { TokenClient, TokenPlace } from '../../src/tokens/fingerprint';
import { compareFingerprints, configFingerprint } from '../../src/tokens/fingerprint';

const surroundings: TokenPlace & TokenClient = {
  clientId: 'client',
  tokenUrl: 'https://auth.example.test/token',
  issuer: 'https://auth.example.test',
  url: 'https://mcp.example.test/mcp',
  resource: 'https://mcp.example.test/mcp',
  scopes: ['read', 'write'],
};
const full = (changes: Partial<TokenPlace & TokenClient> = {}) => {
  const all = { ...surroundings, ...changes };
  return configFingerprint(all, all);
};
const compared = (changes: Partial<TokenPlace & TokenClient>) =>
  compareFingerprints(full(), full(changes), 1);

describe('configFingerprint', () => {
  it.each<[string, Partial<TokenPlace & TokenClient>]>([
    ['nothing', {}],
    ['the order of scopes', { scopes: ['write', 'read'] }],
    ['a scope that is named twice', { scopes: ['read', 'write', 'read'] }],
    ['the path of the address', { url: 'https://mcp.example.test/v2/mcp' }],
  ])('stays the same when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('same');
  });

  it.each<[string, Partial<TokenPlace & TokenClient>]>([
    ['the client', { clientId: 'other' }],
    ['the token endpoint', { tokenUrl: 'https://auth.example.test/v2/token' }],
    ['the issuer', { issuer: 'https://auth.example.test/' }],
    ['a scope', { scopes: ['read'] }],
    ['where one part ends', { clientId: null, scopes: ['client', 'read', 'write'] }],
  ])('allows use until expiry when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('changed');
  });

  it.each<[string, Partial<TokenPlace & TokenClient>]>([
    ['the host', { url: 'https://mcp.example.org/mcp' }],
    ['the scheme', { url: 'http://mcp.example.test/mcp' }],
    ['the port', { url: 'https://mcp.example.test:8443/mcp' }],
    ['the resource', { resource: null }],
    ['the host and the client', { url: 'https://other.test/', clientId: 'other' }],
  ])('stops use at once when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('moved');
  });

  it('matches what another program left, of which nothing is known, until its first refresh', () => {
    expect(compareFingerprints(null, full(), 0)).toBe('same');
    expect([1, 2, Number.NaN].map((generation) => compareFingerprints(null, full(), generation))).toEqual([
      'moved',
      'moved',
      'moved',
    ]);
    expect(compareFingerprints('', full(), 0)).toBe('moved');
  });

  it('compares only where tokens go while it is not known who they are for', () => {
    const place = configFingerprint(surroundings, null);
    expect([compareFingerprints(full(), place, 1), compareFingerprints(place, full(), 1)]).toEqual([
      'same',
      'same',
    ]);
    const elsewhere = configFingerprint({ ...surroundings, url: 'https://other.test' }, null);
    expect(compareFingerprints(full(), elsewhere, 1)).toBe('moved');
  });

  it('fits its column', () => {
    expect(full()).toMatch(/^[0-9a-f]{64}$/);
  });
});
