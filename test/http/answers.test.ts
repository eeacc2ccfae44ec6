/** What the routes answer besides what goes well: statuses, problems, and what they do not mind. */
import { beforeAll, describe, expect, it } from 'vitest';
import { entry } from '../setup/declarations';
import { bearerOf, HttpHost, SERVICE } from '../setup/http-host';
import type { Service } from '../setup/http-host';

interface Problem {
  readonly detail: string;
  readonly code: string;
  readonly status: number;
}

describe('An answer of the routes', () => {
  const routes = HttpHost.forTests('sqlite');
  let service: Service;
  beforeAll(() => {
    service = routes.service({
      authTypes: ['oauth2', 'none'],
      entries: {
        off: entry({ enabled: false }),
        incomplete: entry({
          oauth_config: {
            authorize_url: 'https://id.example.test/authorize',
            token_url: 'https://id.example.test/token',
          },
        }),
        'a b': entry({ display_name: 'With a space', url: 'https://space.example.test/mcp' }),
        plain: entry({ auth_type: 'none' }),
      },
    });
  });

  it.each([
    ['GET', '/connections'],
    ['GET', '/connections/check-expired'],
    ['GET', '/connections/atlassian/status'],
    ['GET', '/connections/atlassian/authorize'],
    ['DELETE', '/connections/atlassian'],
    ['POST', '/connections/atlassian/complete'],
    ['POST', '/connections/atlassian/connect'],
    ['POST', '/connections/atlassian/disconnect'],
  ])('to %s %s of nobody is a 401 with a text', async (method, path) => {
    const headers = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' };
    const response = await service.send(path, { method, headers });
    expect(response.status).toBe(401);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ status: 401, title: 'Unauthorized', type: 'about:blank' });
    expect(problem.detail).toMatch(/\w/);
  });

  it.each([
    ['unknown', '/connections/nothing/status', 404, 'connection_unknown'],
    ['unknown', '/connections/nothing/authorize', 404, 'connection_unknown'],
    ['unknown', '/connections/__proto__/status', 404, 'connection_unknown'],
    ['unknown', '/connections/constructor/authorize', 404, 'connection_unknown'],
    ['without OAuth', '/connections/plain/authorize', 400, 'connection_not_oauth'],
    ['switched off', '/connections/off/authorize', 404, 'connection_disabled'],
  ])('about a connection that is %s, %s, is a %i', async (_what, path, status, code) => {
    const response = await service.app(routes.newUser(), path);
    expect(response.status).toBe(status);
    const problem = (await response.json()) as Problem;
    expect(problem).toMatchObject({ status, code, connection_name: path.split('/')[2] });
    expect(problem.detail).toMatch(/\w{3,}/);
  });

  it('about a declaration that lacks what the provider needs is an error of the service, told in general terms', async () => {
    const response = await service.app(routes.newUser(), '/connections/incomplete/authorize');
    expect([response.status, await response.json()]).toMatchObject([
      500,
      { code: 'connection_rejected', detail: expect.stringContaining('operator') },
    ]);
  });

  it('tells what is wrong in HTML where a browser navigates', async () => {
    const headers = { ...bearerOf('ada'), accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };
    const response = await service.send('/connections/nothing/status', { headers });
    expect(response.status).toBe(404);
    expect(response.headers.get('content-type')).toMatch(/^text\/html; ?charset=utf-8$/i);
    expect(await response.text()).toMatch(/<html/);
  });

  it.each([
    ['/connections', '/connections/ui'],
    ['/connections/', '/connections/ui'],
    ['/connections/atlassian', '/connections/ui'],
    ['/connections/atlassian/status', '/connections/ui'],
    ['/connections/atlassian/callback?code=c&state=s', '/connections/ui'],
    ['/connections/a/b/c', '/connections/ui'],
  ])('about %s in HTML has a way to the page', async (path, page) => {
    const at = routes.service({ handler: { page: true, afterwards: undefined } });
    const response = await at.send(path, { headers: { accept: 'text/html' } });
    const [, href = ''] = /<a [^>]*href="([^"]+)"/.exec(await response.text()) ?? [];
    expect(new URL(href, `${SERVICE}${path}`).pathname).toBe(page);
  });

  it('about the page itself in HTML has no way to the page, which would be the same again', async () => {
    const at = routes.service({ handler: { page: true, afterwards: undefined } });
    const response = await at.send('/connections/ui', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(401);
    expect(await response.text()).not.toMatch(/<a [^>]*href=/);
  });

  it.each(['*/*', 'application/json', 'application/json, text/plain, */*', ''])(
    'tells what is wrong as JSON where %j is accepted',
    async (accept) => {
      const headers = { ...bearerOf('ada'), accept };
      const response = await service.send('/connections/nothing/status', { headers });
      expect(response.headers.get('content-type')).toBe('application/problem+json');
    },
  );

  it('is not changed by parameters that mean nothing', async () => {
    const id = routes.newUser();
    const plain = await service.app(id, '/connections');
    const odd = await service.app(
      id,
      '/connections?cache=0&account=x&scopes=&__proto__=1&return_to=//evil.test',
    );
    expect([odd.status, await odd.json()]).toEqual([200, await plain.json()]);
  });

  it('with a name that has to be encoded is that of its connection', async () => {
    const response = await service.app(routes.newUser(), '/connections/a%20b/status');
    expect([response.status, await response.json()]).toMatchObject([200, { name: 'a b' }]);
  });

  it('may be the host’s own, as for a login that it wants first', async () => {
    const login = routes.service({
      handler: { user: () => new Response(null, { status: 302, headers: { location: '/login' } }) },
    });
    const response = await login.send('/connections');
    expect([response.status, response.headers.get('location')]).toEqual([302, '/login']);
  });

  it('is left to the host where `user` throws', async () => {
    const failure = new Error('the session store is down');
    const down = routes.service({ handler: { user: () => Promise.reject(failure) } });
    await expect(down.send('/connections')).rejects.toBe(failure);
  });

  it('is not given outside of the base path, and 404 below it', async () => {
    const { handler } = service;
    const outside = ['/', '/connection', '/connectionsx', '/connections-old/atlassian', '/api/connections'];
    for (const path of outside)
      expect(await handler(new Request(`${SERVICE}${path}`), undefined)).toBeUndefined();
    const below = ['/connections/atlassian/else', '/connections/a/b/c', '/connections/atlassian/status/more'];
    for (const path of below) expect(await service.app('ada', path)).toMatchObject({ status: 404 });
  });

  it('is given below the base path of the host', async () => {
    const at = routes.service({ handler: { basePath: '/api/accounts/' } });
    expect((await at.app('ada', '/api/accounts')).status).toBe(200);
    expect((await at.app('ada', '/api/accounts/')).status).toBe(200);
    expect((await at.app('ada', '/api/accounts/check-expired')).status).toBe(200);
    expect(await at.handler(new Request(`${SERVICE}/api`), undefined)).toBeUndefined();
  });

  it('comes from the callback path of the host, wherever that is', async () => {
    const at = routes.service({ connections: { callbackPath: '/oauth/{name}/done' } });
    const response = await at.send('/oauth/atlassian/done?code=c&state=s');
    expect(response.status).toBeGreaterThanOrEqual(400);
    expect(await at.handler(new Request(`${SERVICE}/oauth/atlassian`), undefined)).toBeUndefined();
  });

  it('comes from a callback path below the base path, too', async () => {
    const at = routes.service({ connections: { callbackPath: '/connections/oauth/{name}' } });
    const callback = await at.send('/connections/oauth/atlassian?code=c&state=s');
    expect([callback.status, await callback.json()]).toMatchObject([400, { code: 'state_unknown' }]);
  });

  it.each([7, true, {}, [], Symbol('user')])('is an error of the host where `user` says %s', async (said) => {
    const at = routes.service({ handler: { user: () => said as never } });
    const wrong = expect.objectContaining({
      code: 'option_invalid',
      message: expect.stringContaining('`user`'),
    });
    await expect(at.send('/connections')).rejects.toEqual(wrong);
    await expect(at.send('/connections/atlassian/callback?code=c&state=s')).rejects.toEqual(wrong);
  });

  it('is a 401 where `user` says nothing at all', async () => {
    const at = routes.service({ handler: { user: () => undefined as never } });
    expect((await at.send('/connections')).status).toBe(401);
  });

  it('has the metadata of a client that is published at its address, for everybody', async () => {
    const clientMetadataUrl = `${SERVICE}/connections/{name}/client-metadata.json`;
    const at = routes.service({ connections: { clientMetadataUrl } });
    const response = await at.send('/connections/atlassian/client-metadata.json');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await response.json()).toMatchObject({
      client_id: `${SERVICE}/connections/atlassian/client-metadata.json`,
      redirect_uris: [`${SERVICE}/connections/atlassian/callback`],
    });
    expect((await at.send('/connections/nothing/client-metadata.json')).status).toBe(404);
    expect((await service.send('/connections/atlassian/client-metadata.json')).status).toBe(404);
  });

  it('says when to come again where the provider cannot be asked', async () => {
    const down = routes.service({
      entries: { down: { url: 'http://127.0.0.1:9/mcp', auth_type: 'oauth2' } },
      connections: { requestTimeoutMs: 1_000 },
    });
    const response = await down.app(routes.newUser(), '/connections/down/authorize');
    const { code } = (await response.json()) as Problem;
    expect(code).toBe('provider_unavailable');
    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toMatch(/^[1-9]\d*$/);
  });
});
