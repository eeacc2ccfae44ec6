import { describe, expect, it } from 'vitest';
import type { TokenSurroundings } from '../../src/tokens/fingerprint';
import { compareFingerprints, configFingerprint } from '../../src/tokens/fingerprint';

const surroundings: TokenSurroundings = {
  clientId: 'client',
  tokenUrl: 'https://auth.example.test/token',
  issuer: 'https://auth.example.test',
  url: 'https://mcp.example.test/mcp',
  resource: 'https://mcp.example.test/mcp',
  scopes: ['read', 'write'],
};
const compared = (changes: Partial<TokenSurroundings>) =>
  compareFingerprints(configFingerprint(surroundings), configFingerprint({ ...surroundings, ...changes }));

describe('configFingerprint', () => {
  it.each<[string, Partial<TokenSurroundings>]>([
    ['nothing', {}],
    ['the order of scopes', { scopes: ['write', 'read'] }],
    ['a scope that is named twice', { scopes: ['read', 'write', 'read'] }],
    ['the path of the address', { url: 'https://mcp.example.test/v2/mcp' }],
  ])('stays the same when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('same');
  });

  it.each<[string, Partial<TokenSurroundings>]>([
    ['the client', { clientId: 'other' }],
    ['the token endpoint', { tokenUrl: 'https://auth.example.test/v2/token' }],
    ['the issuer', { issuer: 'https://auth.example.test/' }],
    ['a scope', { scopes: ['read'] }],
    ['where one part ends', { clientId: null, scopes: ['client', 'read', 'write'] }],
  ])('allows use until expiry when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('changed');
  });

  it.each<[string, Partial<TokenSurroundings>]>([
    ['the host', { url: 'https://mcp.example.org/mcp' }],
    ['the scheme', { url: 'http://mcp.example.test/mcp' }],
    ['the port', { url: 'https://mcp.example.test:8443/mcp' }],
    ['the resource', { resource: null }],
    ['the host and the client', { url: 'https://other.test/', clientId: 'other' }],
  ])('stops use at once when the change is in %s', (_, changes) => {
    expect(compared(changes)).toBe('moved');
  });

  it('matches what another program left, of which nothing is known', () => {
    expect(compareFingerprints(null, configFingerprint(surroundings))).toBe('same');
  });

  it('fits its column', () => {
    expect(configFingerprint(surroundings)).toMatch(/^[0-9a-f]{64}$/);
  });
});
