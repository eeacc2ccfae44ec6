/** What is of the kit's provider alone; `real-server.test.ts` has what it shares with a real authorization server. */
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Connections, ConnectionsOptions } from '../../src';
import type { TestProvider } from '../../src/testing';
import { defineConnections } from '../../src';
import { testConnections } from '../../src/testing';

let connections: Connections<'github' | 'linear'>;
let provider: TestProvider<'github' | 'linear'>;
let options: ConnectionsOptions;
beforeEach(async () => {
  vi.useRealTimers();
  ({ connections, provider, options } = await testConnections({ names: ['github', 'linear'] }));
});

const CLIENT = { client_id: 'client-at-github', client_secret: 'secret-of-env' };

const send = async (url: string, fields: Readonly<Record<string, string>>, headers = {}) => {
  const response = await options.fetch!(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields).toString(),
  });
  const text = await response.text();
  return { status: response.status, ...(text === '' ? {} : JSON.parse(text)) };
};
const ask = (fields: Readonly<Record<string, string>>, headers = {}) =>
  send('https://github.test/token', { ...CLIENT, ...fields }, headers);

/** A code, and what goes with it. */
const code = async () => {
  const url = new URL((await connections.authorize('u1', 'github')).authorizationUrl);
  // RFC 7636 appendix B.
  const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM';
  url.searchParams.set('code_challenge', challenge);
  const back = new URL(await provider.visit(url.href));
  return {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code') ?? '',
    redirect_uri: `${back.origin}${back.pathname}`,
    code_verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
  };
};
const refresh = (token: string) => ({ grant_type: 'refresh_token', refresh_token: token });

describe('A code', () => {
  it('brings tokens once, and ends the grant the second time', async () => {
    const fields = await code();
    const first = await ask(fields);
    expect(first).toMatchObject({ status: 200, token_type: 'Bearer', expires_in: 3600 });
    expect(await ask(fields)).toMatchObject({ status: 400, error: 'invalid_grant' });
    expect(await ask(refresh(first.refresh_token))).toMatchObject({ error: 'invalid_grant' });
  });

  it('is worth nothing after ten minutes', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    const fields = await code();
    vi.setSystemTime(Date.now() + 600_000);
    expect(await ask(fields)).toMatchObject({ error: 'invalid_grant' });
  });
});

describe('A client', () => {
  it('may authenticate with Basic where nothing else is declared', async () => {
    const authorization = `Basic ${btoa('client-at-github:secret-of-env')}`;
    expect(await send('https://github.test/token', await code(), { authorization })).toMatchObject({
      status: 200,
    });
  });
});

describe('A refresh token', () => {
  it('is replaced by each refresh; where it comes again, the API refuses what the grant has brought', async () => {
    const { refresh_token: first } = await ask(await code());
    const { refresh_token: second, access_token: token } = await ask(refresh(first));
    expect(second).not.toBe(first);
    expect(await ask(refresh(first))).toMatchObject({ error: 'invalid_grant' });
    const headers = { authorization: `Bearer ${token}` };
    const response = await options.fetch!('https://api.github.test/', { headers });
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer error="invalid_token"',
    ]);
  });
});

describe('An access token', () => {
  it('is for the API of its own connection', async () => {
    provider.api(() => new Response('fine'));
    const { access_token: token } = await ask(await code());
    const status = async (url: string) =>
      (await options.fetch!(url, { headers: { authorization: `Bearer ${token}` } })).status;
    expect([await status('https://api.github.test/'), await status('https://api.linear.test/')]).toEqual([
      200, 401,
    ]);
  });
});

describe('An access token of an hour', () => {
  it('is worth nothing afterwards', async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() });
    provider.api(() => new Response('fine'));
    const { access_token: token } = await ask(await code());
    const headers = { authorization: `Bearer ${token}` };
    const status = async () => (await options.fetch!('https://api.github.test/', { headers })).status;
    const before = await status();
    vi.setSystemTime(Date.now() + 3_600_000);
    expect([before, await status()]).toEqual([200, 401]);
  });
});

describe('A visit', () => {
  it('without a state sends the user back with an error', async () => {
    const url = new URL((await connections.authorize('u1', 'github')).authorizationUrl);
    url.searchParams.delete('state');
    const back = new URL(await provider.visit(url.href));
    expect([back.searchParams.get('error'), back.searchParams.get('code')]).toEqual([
      'invalid_request',
      null,
    ]);
  });

  it.each([
    ['client_id', 'client-at-linear', /`client_id` is not known/],
    ['redirect_uri', 'https://app.test/elsewhere', /`redirect_uri` is not registered/],
  ])('with another %s sends nobody anywhere', async (name, value, message) => {
    const url = new URL((await connections.authorize('u1', 'github')).authorizationUrl);
    url.searchParams.set(name, value);
    await expect(provider.visit(url.href)).rejects.toThrow(message);
  });

  it.each(['https://elsewhere.test/authorize?client_id=x', 'no address'])('to %s is refused', async (url) => {
    await expect(provider.visit(url)).rejects.toMatchObject({ code: 'option_invalid' });
  });
});

describe('Clients of one provider', () => {
  const oauth = {
    authorize_url: 'https://login.test/authorize',
    token_url: 'https://login.test/token',
    revoke_url: 'https://login.test/revoke',
  };
  const config = defineConnections({
    mcpServers: {
      first: {
        url: 'https://first.test/',
        oauth_config: { ...oauth, client_id: 'one', client_secret_env: 'ONE' },
      },
      second: { url: 'https://second.test/', oauth_config: { ...oauth, client_id: 'two' } },
      third: {
        url: 'https://third.test/',
        oauth_config: {
          ...oauth,
          client_id: 'three',
          client_secret_env: 'THREE',
          token_endpoint_auth_method: 'client_secret_basic',
        },
      },
    },
  });
  const one = { client_id: 'one', client_secret: 'secret-of-env' };
  const two = { client_id: 'two' };

  it('cannot use what another was given', async () => {
    const kit = await testConnections({ config });
    ({ options } = kit);
    const { authorizationUrl } = await kit.connections.authorize('u1', 'first');
    const back = new URL(await kit.provider.visit(authorizationUrl));
    const stolen = {
      grant_type: 'authorization_code',
      code: back.searchParams.get('code') ?? '',
      redirect_uri: `${back.origin}${back.pathname}`,
    };
    expect(await send(oauth.token_url, { ...stolen, ...two })).toMatchObject({
      error_description: 'The code was issued to another client.',
    });
    await kit.provider.connect('u1', 'first');
    const issued = await kit.provider.issue('first');
    const token = issued.refreshToken ?? '';
    expect(await send(oauth.token_url, { ...refresh(token), ...two })).toMatchObject({
      error: 'invalid_grant',
    });
    expect(await send(oauth.revoke_url, { token, ...two })).toMatchObject({ status: 400 });
    expect(await send(oauth.token_url, { ...refresh(token), ...one })).toMatchObject({ status: 200 });
  });

  it('send JSON only where a connection declares it', async () => {
    const json = async (kit: { options: ConnectionsOptions }, url: string, body: unknown) => {
      const headers = { 'content-type': 'application/json' };
      const sent = { method: 'POST', headers, body: JSON.stringify(body) };
      const answer = await kit.options.fetch!(url, sent);
      return ((await answer.json()) as { error: string }).error;
    };
    const fields = { ...two, ...refresh('any') };
    expect(await json(await testConnections({ config }), oauth.token_url, fields)).toBe('invalid_request');
    const oauth_config = { ...oauth, client_id: 'two', token_request_format: 'json' as const };
    const declared = { mcpServers: { second: { url: 'https://second.test/', oauth_config } } };
    const kit = await testConnections({ config: defineConnections(declared) });
    for (const [body, error] of [
      [fields, 'invalid_grant'],
      [{ ...fields, client_id: 2 }, 'invalid_request'],
      [['no', 'object'], 'invalid_request'],
    ] as const)
      expect(await json(kit, oauth.token_url, body)).toBe(error);
  });

  it('authenticate as they are declared to', async () => {
    const kit = await testConnections({ config });
    ({ options } = kit);
    const fields = refresh('any');
    const outcome = async (client: Readonly<Record<string, string>>) =>
      (await send(oauth.token_url, { ...fields, ...client })).error;
    expect(await outcome(two)).toBe('invalid_grant');
    expect(await outcome({ ...two, client_secret: 'any' })).toBe('invalid_client');
    expect(await outcome({ client_id: 'three', client_secret: 'secret-of-env' })).toBe('invalid_client');
    const response = await options.fetch!(oauth.token_url, { method: 'GET' });
    expect(await response.json()).toMatchObject({ error_description: 'Only POST is served.' });
  });
});
