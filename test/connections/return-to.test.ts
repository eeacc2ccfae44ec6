import { describe, expect, it } from 'vitest';
import { checkedReturnTo, redirectUri } from '../../src/connections/flow/destinations';

const allowed = ['https://app.example.com', 'http://localhost:3000/'];

describe('checkedReturnTo', () => {
  it.each([
    ['/settings', '/settings'],
    ['/', '/'],
    ['/a/../b?x=1#y', '/b?x=1#y'],
    ['https://app.example.com', 'https://app.example.com/'],
    ['HTTPS://APP.example.com/a?b=//evil.com', 'https://app.example.com/a?b=//evil.com'],
    ['https://app.example.com:443/a', 'https://app.example.com/a'],
    ['http://localhost:3000/back', 'http://localhost:3000/back'],
  ])('lets %j lead to %j', (returnTo, expected) => {
    expect(checkedReturnTo(returnTo, allowed)).toBe(expected);
  });

  it.each([
    '',
    'settings',
    '?x=1',
    '//evil.com',
    '///evil.com',
    '/\\evil.com',
    '\\\\evil.com',
    '/\t/evil.com',
    '/\n/evil.com',
    '\t//evil.com',
    ' //evil.com',
    '/.//evil.com',
    '/a/..//evil.com',
    '/%2e//evil.com',
    'https:evil.com',
    'https:/evil.com',
    'https:///evil.com',
    'https://evil.com',
    'https://app.example.com.evil.com',
    'https://app.example.com@evil.com',
    'https://user@app.example.com',
    'https://user:password@app.example.com',
    'https://app.example.com:444',
    'http://app.example.com',
    'https://аpp.example.com',
    'javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'blob:https://app.example.com/x',
    'https://app.example.com\u0000',
    'https://app.example.com\u2028',
    'https://nowhere.invalid/x',
    '//nowhere.invalid/x',
    'https://[',
    null,
    7,
  ])('refuses %j', (returnTo) => {
    expect(() => checkedReturnTo(returnTo as string, allowed)).toThrow(
      expect.objectContaining({ code: 'return_to_refused' }),
    );
  });
});

describe('redirectUri', () => {
  const options = {
    publicUrl: 'https://api.example.com/base/',
    callbackPath: '/connections/{name}/callback',
    callbackOrigins: ['https://eu.example.com'],
  };
  const none = { ...options, publicUrl: null };

  it('takes the configured one, whatever else is said', () => {
    const configured = 'https://api.example.com/own';
    expect(redirectUri('a', configured, 'https://eu.example.com', options)).toBe(configured);
  });

  it('is below the public address of the backend', () => {
    const expected = 'https://api.example.com/base/connections/a/callback';
    expect(redirectUri('a', null, undefined, options)).toBe(expected);
    expect(redirectUri('a', null, 'https://evil.com', options)).toBe(expected);
    expect(redirectUri('a', null, 'no origin', options)).toBe(expected);
  });

  it('is at the origin of the request if that is on the list', () => {
    const expected = 'https://eu.example.com/connections/a/callback';
    expect(redirectUri('a', null, 'https://eu.example.com/whatever', options)).toBe(expected);
    expect(redirectUri('a', null, 'https://eu.example.com', none)).toBe(expected);
  });

  it.each([undefined, 'https://evil.com', 'https://eu.example.com.evil.com', 'http://eu.example.com', ''])(
    'is unknown for a request from %j when nothing else is said',
    (requestOrigin) => {
      expect(() => redirectUri('a', null, requestOrigin, none)).toThrow(
        expect.objectContaining({ code: 'redirect_uri_unknown' }),
      );
    },
  );

  it('is unknown when the public address is no web address', () => {
    for (const publicUrl of ['api.example.com', 'ftp://api.example.com', '']) {
      expect(() => redirectUri('a', null, undefined, { ...options, publicUrl })).toThrow(/publicUrl/);
    }
  });
});
