/** The routes as a controller: guards, forms, JSON, prefixes, and what else an application of Nest puts around them. */
import { connect } from 'node:net';
import type { INestApplication, Provider } from '@nestjs/common';
import { ForbiddenException, VersioningType } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { Connections } from 'mcp-connections';
import type {
  ConnectionsModuleExtras,
  ConnectionsModuleOptions,
  ConnectionsRoutes,
} from 'mcp-connections/nestjs';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Platform } from './application';
import { database, listening, platforms } from './application';
import { Provider as OAuthProvider, keys } from './provider';
import { Public, SessionGuard, user } from './session';

const publicUrl = 'https://api.example.test';
const ada = { 'x-user': 'ada', origin: publicUrl };

type Options = Partial<ConnectionsModuleOptions> &
  Pick<ConnectionsModuleExtras, 'user'> & { readonly providers?: Provider[] };

async function service(
  platform: Platform,
  routes: ConnectionsRoutes = { guards: [SessionGuard] },
  prepare?: (application: INestApplication) => unknown,
  { providers = [], ...options }: Options = {},
) {
  const provider = await OAuthProvider.start(onTestFinished);
  const ours = ConnectionsModule.forRoot({
    config: provider.document,
    keys,
    publicUrl,
    afterwards: '/settings',
    page: true,
    user,
    routes,
    ...options,
  });
  const metadata = { imports: [database(), ours], providers };
  const { application, origin } = await listening(metadata, platform, prepare);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(`${origin}${path}`, { redirect: 'manual', ...init });
  return {
    ask,
    port: Number(new URL(origin).port),
    connections: application.get(Connections, { strict: false }),
    provider,
  };
}

/** Sends the first line of a request as it is, which `fetch` would rewrite, and reads until the server closes the connection. */
async function saidTo(port: number, line: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write([line, 'Host: localhost', 'Connection: close', '', ''].join('\r\n'));
  const parts: Buffer[] = [];
  for await (const part of socket) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** Follows a flow to its callback, as a browser that has lost its session on the way. */
async function comeBack(
  ask: (path: string, init?: RequestInit) => Promise<Response>,
  begun: Response,
  url: string,
) {
  const state = new URL(url).searchParams.get('state');
  const cookie = begun.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ');
  const { pathname } = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
  return ask(`${pathname}?code=any&state=${state}`, { headers: { cookie } });
}

describe.each(platforms)('the routes on %s', (platform) => {
  it('list, begin, come back without a session, and disconnect', async () => {
    const { ask, connections } = await service(platform);
    const json = { ...ada, 'content-type': 'application/json' };
    const listed = await ask('/connections', { headers: json });
    expect(listed.status).toBe(200);
    expect(listed.headers.get('cache-control')).toBe('no-store');
    expect(await listed.json()).toMatchObject({ connections: [{ name: 'github', connected: false }] });

    const begun = await ask('/connections/github/authorize?return_to=/there', { headers: json });
    const { authorization_url: url } = (await begun.json()) as { authorization_url: string };
    const back = await comeBack(ask, begun, url);
    expect([back.status, back.headers.get('location')]).toEqual([303, '/there?connection_success=github']);
    expect(await connections.getAccessToken('ada', 'github')).toMatchObject({ accessToken: 'access-1' });

    const status = await ask('/connections/github/status', { headers: json });
    expect(await status.json()).toMatchObject({ connected: true });
    // As front ends send it: a content type, and no body.
    const gone = await ask('/connections/github', { method: 'DELETE', headers: json });
    expect([gone.status, await gone.json()]).toMatchObject([200, { disconnected: true }]);
  });

  it('take forms', async () => {
    const { ask } = await service(platform);
    const form = {
      method: 'POST',
      headers: ada,
      body: new URLSearchParams({ return_to: '/there', account: 'work' }),
    };
    const begun = await ask('/connections/github/connect', form);
    const url = begun.headers.get('location') ?? '';
    expect(begun.status).toBe(303);
    const back = await comeBack(ask, begun, url);
    expect(back.headers.get('location')).toBe('/there?connection_success=github');
    const gone = await ask('/connections/github/disconnect', {
      ...form,
      body: new URLSearchParams({ account: 'work' }),
    });
    expect([gone.status, gone.headers.get('location')]).toEqual([303, '/settings']);
  });

  it('let an app complete its flow with JSON', async () => {
    const { ask } = await service(platform);
    const headers = { 'x-user': 'ada', authorization: 'Bearer app' };
    const begun = await ask('/connections/github/authorize', { headers });
    const { authorization_url: url } = (await begun.json()) as { authorization_url: string };
    const state = new URL(url).searchParams.get('state');
    const completed = await ask('/connections/github/complete', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ code: 'any', state }),
    });
    expect([completed.status, await completed.json()]).toMatchObject([200, { account: 'default' }]);
  });

  it('have the guards, but for the callback and the client metadata', async () => {
    const { ask } = await service(platform);
    const guarded = ['', '/check-expired', '/ui', '/github/status', '/github/authorize', '/github'];
    const statuses = guarded.map(async (path) => (await ask(`/connections${path}`)).status);
    expect(await Promise.all(statuses)).toEqual(guarded.map(() => 401));
    const callback = await ask('/connections/github/callback?code=any&state=any');
    expect([callback.status, await callback.json()]).toMatchObject([400, { code: 'state_unknown' }]);
    const metadata = await ask('/connections/github/client-metadata.json');
    expect([metadata.status, await metadata.json()]).toMatchObject([404, { code: 'not_found' }]);
  });

  it.each([
    '/connections/x/callback#/../../github/status',
    '/connections/github/status#/x/callback',
    '/connections/x/callback?/github/status',
    '/connections/github/status?/x/callback',
    '/connections/x/%63allback',
    '/connections/x/callback/../status',
    '/connections/github%2Fstatus%3F/callback',
    '/connections/x/..%2Fgithub%2Fstatus%23/callback',
    '/connections/github\\status\\..\\..\\github/callback',
    '/connections/../connections/github/status',
    '//connections/github/status',
  ])('answer nothing of a user at %s without the guards', async (path) => {
    const { ask, port } = await service(platform, undefined, undefined, { user: () => 'ada' });
    expect((await ask('/connections/github/status', { headers: ada })).status).toBe(200);
    const answer = await saidTo(port, `GET ${path} HTTP/1.1`);
    expect(answer).toMatch(/^HTTP\/1\.1 (400|401|404|422) /);
    expect(answer).not.toContain('"connected"');
  });

  it('leave to Nest what `user` throws', async () => {
    const refuse = () => {
      throw new ForbiddenException('Not you.');
    };
    const { ask } = await service(platform, undefined, undefined, { user: refuse });
    const answer = await ask('/connections', { headers: ada });
    expect([answer.status, await answer.json()]).toMatchObject([403, { message: 'Not you.' }]);
  });

  it('are open to a global guard by its own decorator', async () => {
    const globally = { provide: APP_GUARD, useClass: SessionGuard };
    const { ask } = await service(platform, { publicDecorators: [Public()] }, undefined, {
      providers: [globally],
    });
    expect((await ask('/connections')).status).toBe(401);
    expect((await ask('/connections', { headers: ada })).status).toBe(200);
    expect((await ask('/connections/github/callback?code=any&state=any')).status).toBe(400);
  });

  it('serve the page', async () => {
    const { ask } = await service(platform);
    const page = await ask('/connections/ui', { headers: ada });
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(await page.text()).toContain('GitHub');
  });

  it.each([
    ['HEAD', '/connections', 200],
    ['OPTIONS', '/connections', 204],
    ['PUT', '/connections/github', 405],
    ['GET', '/connections/github/nothing', 404],
    ['GET', '/connections/nothing/status', 404],
    ['GET', '/connections/a%2Fb/status', 404],
  ])('answer %s %s with %i', async (method, path, status) => {
    const { ask } = await service(platform);
    expect((await ask(path, { method, headers: ada })).status).toBe(status);
  });

  it('take a slash at the end as the router does', async () => {
    const { ask } = await service(platform);
    const paths = ['/connections/', '/connections/github/', '/connections/github/status/'];
    const statuses = await Promise.all(paths.map(async (path) => (await ask(path, { headers: ada })).status));
    expect(statuses).toEqual(platform === 'express' ? [200, 405, 200] : [404, 404, 404]);
  });

  it('work below a global prefix, a path of the host’s and a version', async () => {
    const { ask } = await service(platform, { path: '/rest/of', guards: [SessionGuard] }, (application) => {
      application.setGlobalPrefix('api');
      application.enableVersioning({ type: VersioningType.URI, defaultVersion: '1' });
    });
    expect((await ask('/api/rest/of', { headers: ada })).status).toBe(200);
    const form = { method: 'POST', headers: ada, body: new URLSearchParams({ return_to: '/rest/of/ui' }) };
    const gone = await ask('/api/rest/of/github/disconnect', form);
    expect(gone.headers.get('location')).toBe('../ui');
    expect((await ask('/connections', { headers: ada })).status).toBe(404);
  });

  it.each([
    ['api', {}, { publicUrl: `${publicUrl}/api` }, '/api/connections/github/callback'],
    ['', { path: 'of' }, { callbackPath: '/of/{name}/callback' }, '/of/github/callback'],
  ])('take the callback below the prefix %j with the routes %j', async (prefix, routes, options, path) => {
    const guarded = { ...routes, guards: [SessionGuard] };
    const { ask } = await service(platform, guarded, (each) => each.setGlobalPrefix(prefix), options);
    const authorize = path.replace(/callback$/, 'authorize');
    const begun = await ask(authorize, { headers: ada });
    const { authorization_url: url } = (await begun.json()) as { authorization_url: string };
    expect(new URL(url).searchParams.get('redirect_uri')).toBe(`${publicUrl}${path}`);
    const back = await comeBack(ask, begun, url);
    expect(back.headers.get('location')).toBe('/settings?connection_success=github');
  });

  it('keep the headers of CORS, and leave preflights to it', async () => {
    const { ask } = await service(platform, undefined, (application) => {
      application.enableCors({ origin: publicUrl, credentials: true, methods: ['GET', 'POST', 'DELETE'] });
    });
    const listed = await ask('/connections', { headers: ada });
    expect(listed.headers.get('access-control-allow-origin')).toBe(publicUrl);
    expect(listed.headers.getSetCookie()).toHaveLength(1);
    const preflight = await ask('/connections/github', {
      method: 'OPTIONS',
      headers: { origin: publicUrl, 'access-control-request-method': 'DELETE' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-methods')).toContain('DELETE');
  });

  it('refuse what another site sends', async () => {
    const { ask } = await service(platform);
    const foreign = { ...ada, origin: 'https://evil.test' };
    const answer = await ask('/connections/github', { method: 'DELETE', headers: foreign });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'request_refused' }]);
  });
});
