/** The routes as a controller: forms, JSON, prefixes, and what else an application of Nest puts around them. */
import type { INestApplication } from '@nestjs/common';
import { VersioningType } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ConnectionsModule } from 'mcp-connections/nestjs';
import { describe, expect, it } from 'vitest';
import { inMemory, platforms } from './application';
import { options as complete } from './names';
import { ada, comeBack, publicUrl, service } from './service';
import { SessionGuard, user } from './session';

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

  it('take forms without the body parsers of Nest', async () => {
    const addParser = (application: INestApplication) => {
      if (platform === 'fastify')
        (application as NestFastifyApplication).useBodyParser('application/x-www-form-urlencoded');
    };
    const settings = { bodyParser: false };
    const { ask } = await service(platform, undefined, addParser, { settings });
    const body = new URLSearchParams({ account: 'work' });
    const gone = await ask('/connections/github/disconnect', { method: 'POST', headers: ada, body });
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
    expect(gone.headers.get('location')).toBe('../ui?disconnected=github');
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

  it('may not be served twice at one path', async () => {
    const two = (path?: string) => {
      const routes = { guards: [SessionGuard], path };
      return [
        TypeOrmModule.forRoot({ ...inMemory, name: 'second' }),
        ConnectionsModule.forRoot({ ...complete, dataSource: 'second', user, routes }),
      ];
    };
    const refused = service(platform, undefined, undefined, { imports: two() });
    await expect(refused).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringMatching(/at \/connections\. .*`routes: \{ path: 'integrations' \}`/),
    });
    const { ask } = await service(platform, undefined, undefined, { imports: two('integrations') });
    for (const path of ['/connections', '/integrations'])
      expect((await ask(path, { headers: ada })).status).toBe(200);
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
});
