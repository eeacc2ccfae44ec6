import { describe, expect, it } from 'vitest';
import { namesSecret, storedTextFault } from '../../src/config/stored-text';

describe('namesSecret', () => {
  it.each([
    'secret',
    'client_secret',
    'clientSecret',
    'password',
    'db-passwd',
    'private_key',
    'privateKey',
    'api_key',
    'x-api-key',
    'APIKEY',
    'access_token',
    'accessToken',
    'refresh-token',
    'credentials',
    'client_assertion',
    'key passphrase',
    'token',
    'bot_token',
    'authToken',
    'x-api-token',
    'Authorization',
    'access_key',
    'signingKey',
    'pwd',
  ])('is true of %s', (key) => {
    expect(namesSecret(key)).toBe(true);
  });

  it.each([
    'token_access_type',
    'access_type',
    'audience',
    'client_assertion_type',
    'key',
    'token_url',
    'secretary_email',
    'password_login',
    'max_tokens',
    'cloud_id',
    '',
  ])('is false of %s', (key) => {
    expect(namesSecret(key)).toBe(false);
  });
});

describe('storedTextFault', () => {
  it.each(['', 'text', '😀', 'tab\tand\nline', 'x'.repeat(16_000)])('has nothing against text %#', (text) => {
    expect(storedTextFault(text)).toBeUndefined();
  });

  it.each([
    ['a\0b', 'invalid_text', 'found a NUL character; texts must not contain one'],
    ['\ud800', 'invalid_text', 'found a lone surrogate; texts must be well-formed Unicode'],
    ['\udc00\ud800', 'invalid_text', 'found a lone surrogate; texts must be well-formed Unicode'],
    [
      'x'.repeat(16_001),
      'too_large',
      'found a text of 16001 characters; at most 16000 characters are allowed',
    ],
  ])('refuses text %#', (text, code, message) => {
    expect(storedTextFault(text)).toEqual({ code, message, at: [] });
  });
});
