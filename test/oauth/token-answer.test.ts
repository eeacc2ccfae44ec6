import { describe, expect, it } from 'vitest';
import type { RawAnswer } from '../../src/oauth/exchange';
import type { TokenAnswerOptions } from '../../src/oauth/token-answer';
import { isBearer, readTokenAnswer } from '../../src/oauth/token-answer';

const now = Date.UTC(2026, 2, 3);
const MARK = 'marked-secret';
const read = (
  body: unknown,
  raw: Partial<RawAnswer> = {},
  options: TokenAnswerOptions = {},
  isRefresh = false,
) =>
  readTokenAnswer(
    {
      status: 200,
      contentType: 'application/json',
      retryAfter: null,
      cacheControl: null,
      location: null,
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...raw,
    },
    options,
    now,
    isRefresh,
  );
const granted = {
  access_token: 'a',
  token_type: 'Bearer',
  expires_in: 3600,
  refresh_token: 'r',
  scope: 'x y',
};
const tokens = {
  accessToken: 'a',
  refreshToken: 'r',
  tokenType: 'Bearer',
  scopes: ['x', 'y'],
  expiresAt: new Date(now + 3_600_000),
  providerMetadata: undefined,
};

describe('an answer with tokens', () => {
  it('is read as the RFC has it', () => {
    expect(read(granted)).toEqual({ kind: 'tokens', tokens });
  });

  it.each<[string, object, object]>([
    ['no token_type', { token_type: undefined }, { tokenType: null }],
    ['a null scope', { scope: null }, { scopes: undefined }],
    ['an empty scope', { scope: '' }, { scopes: undefined }],
    ['scopes as a list', { scope: ['x', 'y'] }, {}],
    ['an empty list of scopes', { scope: [] }, { scopes: undefined }],
    ['no refresh_token', { refresh_token: undefined }, { refreshToken: undefined }],
    ['an empty refresh_token', { refresh_token: '' }, { refreshToken: undefined }],
    ['expires_in as text', { expires_in: '3600' }, {}],
    ['expires_in with a fraction', { expires_in: 1.5 }, { expiresAt: new Date(now + 1500) }],
    ['no expires_in', { expires_in: undefined }, { expiresAt: null }],
    ['a null expires_in', { expires_in: null }, { expiresAt: null }],
    ['a negative expires_in', { expires_in: -1 }, { expiresAt: null }],
    ['expires_in of zero', { expires_in: 0 }, { expiresAt: null }],
    ['expires_in that is no number', { expires_in: 'never' }, { expiresAt: null }],
    ['a huge expires_in', { expires_in: 1e300 }, { expiresAt: new Date(Date.UTC(9999, 11, 31)) }],
    ['expires_in of 1e308', { expires_in: 1e308 }, { expiresAt: new Date(Date.UTC(9999, 11, 31)) }],
    ['expires_in as text with an exponent', { expires_in: '1e3' }, { expiresAt: new Date(now + 1_000_000) }],
    ['expires_in of NaN as text', { expires_in: 'NaN' }, { expiresAt: null }],
    [
      'expires_in of Infinity as text',
      { expires_in: 'Infinity' },
      { expiresAt: new Date(Date.UTC(9999, 11, 31)) },
    ],
    ['expires_in as a list', { expires_in: [60] }, { expiresAt: null }],
    ['a long token_type', { token_type: 'x'.repeat(256) }, { tokenType: null }],
    ['a token_type with control characters', { token_type: 'Bearer\r\n' }, { tokenType: null }],
    [
      'a token_type with control characters around DPoP',
      { token_type: '\u0000DPoP\r\n' },
      { tokenType: 'DPoP' },
    ],
    ['a token_type with spaces around mac', { token_type: `mac${' '.repeat(300)}` }, { tokenType: 'mac' }],
    ['only invalid scopes', { scope: ['a b', 'é'] }, { scopes: undefined }],
    ['an access token that no header can carry', { access_token: 'a\r\nX: 1' }, { accessToken: 'a\r\nX: 1' }],
    ['a refresh token beyond ASCII', { refresh_token: 'é\n' }, { refreshToken: 'é\n' }],
    ['an error beside the tokens', { error: 'slow_down' }, {}],
  ])('is kept with %s', (_, changes, expected) => {
    expect(read({ ...granted, ...changes })).toEqual({ kind: 'tokens', tokens: { ...tokens, ...expected } });
  });

  it('is kept with status 201, and as a form whatever its content type says', () => {
    const form = new URLSearchParams({
      access_token: 'a',
      token_type: 'Bearer',
      expires_in: '3600',
    }).toString();
    const expected = { ...tokens, refreshToken: undefined, scopes: undefined };
    expect(read(granted, { status: 201 })).toEqual({ kind: 'tokens', tokens });
    for (const contentType of ['application/x-www-form-urlencoded', 'text/plain', null]) {
      expect(read(form, { contentType })).toEqual({ kind: 'tokens', tokens: expected });
    }
  });

  it('is read where the provider puts it, with what is to be captured', () => {
    const body = {
      ok: true,
      team: { id: 'T1' },
      authed_user: { ...granted, scope: 'x,y' },
      instance_url: 'u',
    };
    const options = {
      token_path: 'authed_user',
      scope_separator: ',',
      capture: ['team.id', 'instance_url', 'not_there', '__proto__'],
      default_expires_in: 60,
    };
    expect(read(body, {}, options)).toEqual({
      kind: 'tokens',
      tokens: { ...tokens, providerMetadata: { 'team.id': 'T1', instance_url: 'u' } },
    });
  });

  it('lives as long as the declaration says when the answer does not', () => {
    const answer = read({ access_token: 'a' }, {}, { default_expires_in: 60 });
    expect(answer).toMatchObject({ tokens: { expiresAt: new Date(now + 60_000) } });
  });
});

describe('an answer without tokens', () => {
  it.each<[string, unknown, Partial<RawAnswer>, object]>([
    ['400 invalid_grant', { error: 'invalid_grant' }, { status: 400 }, { kind: 'invalid_grant' }],
    ['200 with an error', { error: 'invalid_grant' }, {}, { kind: 'invalid_grant' }],
    [
      '401 invalid_client',
      { error: 'invalid_client' },
      { status: 401 },
      { kind: 'misconfigured', error: 'invalid_client', status: 401 },
    ],
    ['400 slow_down', { error: 'slow_down' }, { status: 400 }, { kind: 'transient', retryAfterMs: null }],
    [
      'a code of its own',
      { error: MARK },
      { status: 400 },
      { kind: 'misconfigured', error: 'unknown_error', status: 400 },
    ],
    ['an error object', { error: { code: 'invalid_grant' } }, { status: 400 }, { kind: 'invalid_grant' }],
    ['429', {}, { status: 429, retryAfter: '7' }, { kind: 'transient', retryAfterMs: 7000 }],
    [
      '503 until a date',
      '',
      { status: 503, retryAfter: new Date(now + 5000).toUTCString() },
      { kind: 'transient', retryAfterMs: 5000 },
    ],
    [
      '503 until the end of time',
      '',
      { status: 503, retryAfter: '9'.repeat(30) },
      { kind: 'transient', retryAfterMs: Date.UTC(9999, 11, 31) - now },
    ],
    [
      '503 for longer than there are numbers',
      '',
      { status: 503, retryAfter: '9'.repeat(400) },
      { kind: 'transient', retryAfterMs: Date.UTC(9999, 11, 31) - now },
    ],
    [
      '503 until long ago',
      '',
      { status: 503, retryAfter: new Date(0).toUTCString() },
      { kind: 'transient', retryAfterMs: 0 },
    ],
    [
      '503 until nonsense',
      '',
      { status: 503, retryAfter: 'soon' },
      { kind: 'transient', retryAfterMs: null },
    ],
    [
      '500 with invalid_grant',
      { error: 'invalid_grant' },
      { status: 500 },
      { kind: 'transient', retryAfterMs: null },
    ],
    [
      '200 with HTML',
      `<html>${MARK}</html>`,
      { contentType: 'text/html' },
      { kind: 'transient', retryAfterMs: null },
    ],
    ['200 with an empty body', '', {}, { kind: 'transient', retryAfterMs: null }],
    ['200 with a list', '[]', {}, { kind: 'transient', retryAfterMs: null }],
    [
      '403 with HTML',
      '<html>',
      { status: 403, contentType: 'text/html' },
      { kind: 'misconfigured', error: 'no_error', status: 403 },
    ],
    ['401 with nothing', '', { status: 401 }, { kind: 'misconfigured', error: 'no_error', status: 401 }],
    ['a redirect', '', { status: 302 }, { kind: 'misconfigured', error: 'redirect', status: 302 }],
    ['404', '<html>', { status: 404 }, { kind: 'misconfigured', error: 'not_found', status: 404 }],
  ])('%s', (_, body, raw, expected) => {
    const answer = read(body, raw);
    expect(answer).toEqual(expected);
    expect(JSON.stringify(answer)).not.toContain(MARK);
  });

  it('has its error where the provider puts it', () => {
    const body = { ok: false, failure: { code: 'invalid_grant' } };
    expect(read(body, {}, { error_path: 'failure.code' })).toEqual({ kind: 'invalid_grant' });
  });

  it('has its error in `error` where there is none at the declared path', () => {
    const answer = { error: 'invalid_grant', status: null };
    expect(read(answer, { status: 400 }, { error_path: 'status' })).toEqual({ kind: 'invalid_grant' });
  });

  it('has its error at the first place of a list, or as a number, where a path says so', () => {
    const body = { errors: [{ code: 'invalid_grant' }] };
    expect(read(body, { status: 400 }, { error_path: 'errors.0.code' })).toEqual({ kind: 'invalid_grant' });
    const counted = { error: 1001 };
    expect(read(counted, { status: 400 })).toMatchObject({ error: 'no_error' });
    expect(read(counted, { status: 400 }, { error_path: 'error' })).toMatchObject({ error: 'unknown_error' });
  });

  it.each(['BAD_REFRESH_TOKEN', 'Invalid_Grant', 'bad_verification_code'])(
    'ends the grant with %s, in any case',
    (error) => {
      expect(read({ error }, { status: 400 })).toEqual({ kind: 'invalid_grant' });
    },
  );

  it.each([
    ['TEMPORARILY_UNAVAILABLE', { kind: 'transient' }],
    ['Invalid_Client', { kind: 'misconfigured', error: 'invalid_client' }],
    ['INVALID_SCOPE', { kind: 'misconfigured', error: 'invalid_scope' }],
    ['constructor', { kind: 'misconfigured', error: 'unknown_error' }],
  ])('means with %s what it means in small letters', (error, expected) => {
    expect(read({ error }, { status: 400 })).toMatchObject(expected);
  });

  describe('whose word is declared to end the grant', () => {
    const declared = { grant_ended_errors: ['Unauthorized_Client', 'invalid_client', 'slow_down', 'own'] };

    it.each(['unauthorized_client', 'INVALID_CLIENT', 'slow_down', 'OWN'])('%s ends it', (error) => {
      for (const status of [200, 400, 401, 403, 404]) {
        expect(read({ error }, { status }, declared, true)).toEqual({ kind: 'invalid_grant' });
      }
    });

    it.each([
      ['unauthorized_client', { error: 'unauthorized_client' }],
      ['INVALID_CLIENT', { error: 'invalid_client' }],
      ['own', { kind: 'invalid_grant' }],
    ])('%s says of a code what is true of it: a refused client is no expired code', (error, expected) => {
      expect(read({ error }, { status: 400 }, declared)).toMatchObject(expected);
    });

    it.each([408, 425, 429, 500, 503])('says nothing with status %s', (status) => {
      const answer = read({ error: 'own' }, { status }, declared);
      expect(answer).toEqual({ kind: 'transient', retryAfterMs: null });
    });

    it('says nothing beside tokens, and nothing without a body', () => {
      expect(read({ ...granted, error: 'own' }, {}, declared)).toEqual({ kind: 'tokens', tokens });
      expect(read('', { status: 401 }, declared)).toMatchObject({ error: 'no_error' });
      expect(read('own', { status: 401 }, declared)).toMatchObject({ error: 'no_error' });
    });
  });

  it.each([
    ['read,write', undefined, ['read', 'write']],
    ['read write', undefined, ['read', 'write']],
    ['a,b c', undefined, ['a,b', 'c']],
    ['a,b', ' ', ['a,b']],
    ['a b,c', ',', ['c']],
    ['a\r\nb \u0000c é "d" e', undefined, ['a', 'b', 'e']],
  ])('reads the scopes %j with the separator %j', (scope, scope_separator, scopes) => {
    const options = scope_separator === undefined ? {} : { scope_separator };
    expect(read({ ...granted, scope }, {}, options)).toMatchObject({ tokens: { scopes } });
  });

  it('is read without its captured fields where they are nested too deeply', () => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const answer = read(`{"access_token":"a","x":${deep},"y":1}`, {}, { capture: ['x', 'y'] });
    expect(answer).toMatchObject({ tokens: { accessToken: 'a', providerMetadata: { y: 1 } } });
  });

  it('keeps no secret of a field that is captured, however it is written', () => {
    const session = {
      id: 1,
      accessToken: MARK,
      refresh_token: MARK,
      apiKey: MARK,
      jwt: MARK,
      list: [{ idToken: MARK }],
    };
    const answer = read({ ...granted, session }, {}, { capture: ['session'] });
    expect(answer).toMatchObject({ tokens: { providerMetadata: { session: { id: 1, list: [{}] } } } });
    expect(JSON.stringify(answer)).not.toContain(MARK);
  });
});

describe('isBearer', () => {
  it.each([null, 'Bearer', 'bearer', 'BEARER', 'user', 'bot', 'dpops', ''])(
    'is true of the type %j',
    (tokenType) => {
      expect(isBearer({ accessToken: 'a.b-c_d~e+f/g=', tokenType })).toBe(true);
    },
  );

  it.each(['DPoP', 'dpop', 'mac', 'MAC', 'N_A', 'n_a', ' DPoP '])('is false of the type %j', (tokenType) => {
    expect(isBearer({ accessToken: 'a', tokenType })).toBe(false);
  });

  it.each(['a\r\nb', 'a\u0000', 'é', 'a\u007f', '\t', '🔑', ''])(
    'is false of the access token %j',
    (accessToken) => {
      expect(isBearer({ accessToken, tokenType: 'Bearer' })).toBe(false);
    },
  );

  it('is true of any printable character', () => {
    const accessToken = Array.from({ length: 95 }, (_, index) => String.fromCodePoint(32 + index)).join('');
    expect(isBearer({ accessToken, tokenType: null })).toBe(true);
  });
});
