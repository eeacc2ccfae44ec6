import { describe, expect, it } from 'vitest';
import { deleteSecrets, looksSecret } from '../../src/config/secret-names';

const spelled = [
  'client_secret',
  'clientSecret',
  'ClientSecret',
  'CLIENT_SECRET',
  'client-secret',
  'client secret',
  'clientsecret',
];

const secret = [
  ...spelled,
  'secret',
  'secrets',
  'password',
  'passwords',
  'userPassword',
  'db-passwd',
  'pwd',
  'pass',
  'smtp_pass',
  'key passphrase',
  'passcode',
  'private_key',
  'privateKey',
  'api_key',
  'x-api-key',
  'APIKEY',
  'APIKey',
  'apikeys',
  'Ocp-Apim-Subscription-Key',
  'x-functions-key',
  'access_key',
  'signingKey',
  'key',
  'token',
  'tokens',
  'access_token',
  'accessToken',
  'accesstoken',
  'refresh-token',
  'refresh_tokens',
  'id_token',
  'idToken',
  'bot_token',
  'authToken',
  'xAPIToken',
  'X-Amz-Security-Token',
  'token_value',
  'token2',
  'password1',
  'secret_1',
  'credentials',
  'client_assertion',
  'assertion',
  'jwt',
  'code_verifier',
  'Authorization',
  'auth',
  'basic_auth',
  'bearer',
  'cookie',
  'set-cookie',
  'session',
  'session_id',
  'sessionId',
  'sig',
  'signature',
  'sas',
  'X-Amz-Signature',
  'connectionString',
  'auth[token]',
  'user[password]',
  'ｐａｓｓｗｏｒｄ',
  'authed_user.access_token',
  'credentials.username',
  'oauth.key',
];

const harmless = [
  '',
  'token_type',
  'tokenType',
  'token_url',
  'token_access_type',
  'token_endpoint_auth_method',
  'access_type',
  'max_tokens',
  'expires_in',
  'scope',
  'scopes',
  'secretary',
  'secretary_email',
  'password_login',
  'client_secret_env',
  'client_secret_expires_at',
  'client_id',
  'client_key',
  'client_assertion_type',
  'author',
  'authority',
  'authorization_url',
  'oauth',
  'oauth2',
  'requires_auth',
  'keyboard',
  'monkey',
  'project_key',
  'public_key',
  'key_id',
  'access_key_id',
  'kid',
  'signature_algorithm',
  'email_signature',
  'session_state',
  'passport',
  'compass',
  'bypass',
  'cookies_accepted',
  'audience',
  'code',
  'state',
  'team.id',
  'auth.example.com',
  'cloud_id',
  'instance_url',
  'realmId',
  'x509',
  '__proto__',
  'constructor',
];

describe('A name', () => {
  it.each(secret)('that is one of a secret: %s', (name) => {
    expect(looksSecret(name)).toBe(true);
  });

  it.each(harmless)('that is not: %j', (name) => {
    expect(looksSecret(name)).toBe(false);
  });
});

describe('Secrets in a JSON value', () => {
  it('are deleted at any depth', () => {
    const value = JSON.parse(
      '{"client_secret":"s","team":{"id":"T1","bot":{"access_token":{"a":1}}},"list":[[{"apiKey":"k","name":"n"}],"token"],' +
        '"token_type":"Bearer","credentials":["a","b"],"__proto__":{"password":"p"}}',
    );
    deleteSecrets(value);
    expect(JSON.stringify(value)).toBe(
      '{"team":{"id":"T1","bot":{}},"list":[[{"name":"n"}],"token"],"token_type":"Bearer","__proto__":{}}',
    );
  });

  it.each([null, 'token', 7, true, [], ['secret']])('are not in %j', (value) => {
    const before = JSON.stringify(value);
    deleteSecrets(value);
    expect(JSON.stringify(value)).toBe(before);
  });

  it('are not in the key of a project, but in one of the whole value', () => {
    const value = { key: 'k', projects: [{ key: 'PROJ', auth: 'oauth2' }] };
    deleteSecrets(value);
    expect(value).toEqual({ projects: [{ key: 'PROJ', auth: 'oauth2' }] });
  });

  it('are deleted from what is nested as deeply as a column holds', () => {
    const depth = 10_000;
    const value = JSON.parse(`${'{"a":'.repeat(depth)}{"token":"t"}${'}'.repeat(depth)}`);
    deleteSecrets(value);
    let innermost = value;
    for (let level = 0; level < depth; level += 1) innermost = innermost.a;
    expect(innermost).toEqual({});
  });
});
