import { describe, expect, it } from 'vitest';
import { readAddress } from '../../../src/config/fields/address';

const stored = { environment: { HOST: 'user:hunter2@example.com', URL: 'nonsense-hunter2' }, stored: true };

describe('readAddress', () => {
  it.each([
    'https://example.com',
    'HTTP://localhost:3000/cb?x=1#top',
    'http://[::1]/x',
    'https://ünï.example/ä',
    'https://example.com/?token_access_type=offline',
  ])('takes %s as it is', (url) => {
    expect(readAddress(url, stored)).toBe(url);
  });

  it('goes on taking letters beyond ASCII when it has run so often that it is compiled', () => {
    const url = 'https://ünï.example/ä';
    const answers = Array.from({ length: 20_000 }, () => readAddress(url, stored));
    expect(new Set(answers)).toEqual(new Set([url]));
  });

  it.each([
    'example.com',
    'ftp://example.com',
    'javascript:alert(1)',
    'file:///etc/passwd',
    'https:example.com',

    'https:\\\\example.com',
    'https://exa mple.com',
    ' https://example.com',
    'https://example.com/\n',
    'https://',
    'https://example.com:99999',
    '//example.com',
    'data:text/plain,x',
  ])('refuses %j', (url) => {
    expect(readAddress(url, stored)).toMatchObject({ code: 'invalid_url' });
  });

  it('shows the text as declared and never what a variable gave', () => {
    expect(readAddress('${URL}', stored)).toMatchObject({
      code: 'invalid_url',
      message: 'found "${URL}"; it must be an http or https URL, without white space',
    });
  });

  it.each(['https://user:hunter2@example.com', 'https://hunter2@example.com/', 'https://${HOST}/'])(
    'refuses the user info of %s in any entry',
    (url) => {
      for (const context of [stored, { ...stored, stored: false }]) {
        expect(readAddress(url, context)).toEqual({
          code: 'secret_in_table_field',
          message:
            'found a user name or password in the URL; secrets must not be stored in the table: use client_secret_env, client_secret_file or client_secret_arn',
          at: [],
        });
      }
    },
  );

  it.each([
    'https://a.b/?api_key=hunter2',
    'https://a.b/?x=1&API%5FKEY=hunter2',
    'https://a.b/#access_token=hunter2',
  ])('refuses the secret in %s, but only where it would be stored', (url) => {
    expect(readAddress(url, stored)).toMatchObject({ code: 'secret_in_table_field' });
    expect(readAddress(url, { ...stored, stored: false })).toBe(url);
  });
});
