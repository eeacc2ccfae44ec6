import { describe, expect, it } from 'vitest';
import type { ClientNeed, ClientUse } from '../../src/oauth/client-metadata';
import { clientMetadata, clientNeed, covers, needBesides } from '../../src/oauth/client-metadata';

const use: ClientUse = { authMethod: 'none', grantTypes: ['authorization_code'], scopes: ['a', 'b'] };
const need: ClientNeed = { authMethods: ['none'], grantTypes: ['authorization_code'], scopes: ['a'] };

describe('A client', () => {
  it.each<[string, Partial<ClientNeed>, boolean]>([
    ['as much as it was registered for', { scopes: ['b', 'a'] }, true],
    ['nothing in particular', { scopes: [] }, true],
    ['another scope', { scopes: ['a', 'c'] }, false],
    ['another grant type', { grantTypes: ['authorization_code', 'refresh_token'] }, false],
    ['its method or another', { authMethods: ['client_secret_post', 'none'] }, true],
    ['another method', { authMethods: ['client_secret_post'] }, false],
    ['a method that nobody can do', { authMethods: [] }, false],
  ])('is looked at for %s', async (_what, changes, isEnough) => {
    expect(covers(use, { ...need, ...changes })).toBe(isEnough);
  });

  it('that the server registers only without a scope is for every scope', () => {
    expect(covers({ ...use, scopes: null }, { ...need, scopes: ['c'] })).toBe(true);
  });

  it('of which it was not stored what it was registered for is for everything', () => {
    expect(covers(undefined, { ...need, authMethods: ['client_secret_post'], scopes: ['c'] })).toBe(true);
  });

  it('in place of another has its method, where that will do', () => {
    const methods = ['none', 'client_secret_post', 'client_secret_basic'] as const;
    const besides = (authMethods: ClientNeed['authMethods'], authMethod: ClientUse['authMethod']) =>
      needBesides({ ...need, authMethods }, { ...use, authMethod }).authMethods;
    expect(besides(methods, 'client_secret_post')).toEqual(['client_secret_post']);
    expect(besides(['client_secret_basic'], 'none')).toEqual(['client_secret_basic']);
  });

  it('in place of another is for the scopes of both, or without any where those are too many', () => {
    expect(needBesides(need, use).scopes).toEqual(['a', 'b']);
    expect(needBesides(need, { ...use, scopes: null }).scopes).toEqual(['a']);
    const many = Array.from({ length: 100 }, (_, index) => `s${index}`);
    const besides = needBesides(need, { ...use, scopes: many });
    expect([besides.scopes, needBesides(besides, use).scopes]).toEqual([null, null]);
    expect(covers(use, besides)).toBe(false);
    expect(covers({ ...use, scopes: null }, besides)).toBe(true);
  });

  it('has no scope in its metadata where none is asked for, and none where the server takes none', () => {
    const metadata = (scopes: readonly string[] | null) =>
      clientMetadata({ name: 'Host' }, ['https://host.example/cb'], { ...use, scopes });
    expect(metadata(['a', 'b'])).toMatchObject({ scope: 'a b' });
    for (const scopes of [[], null]) expect(metadata(scopes)).not.toHaveProperty('scope');
  });

  it('may be public at a server that lists no methods, and that lists none of ours may have no method', () => {
    const of = (authMethods: string[] | null) => clientNeed({ authMethods, grantTypes: null }, undefined, []);
    expect(of(null).authMethods).toEqual(['none', 'client_secret_basic']);
    expect(of(['private_key_jwt']).authMethods).toEqual([]);
  });
});
