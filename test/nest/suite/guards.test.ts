/** Who the routes answer: guards of the host, who the user is, and addresses that try to go past both. */
import { ForbiddenException } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { describe, expect, it } from 'vitest';
import { platforms } from './application';
import { ada, saidTo, service } from './service';
import { Public, SessionGuard, SessionsGuard, SessionsModule } from './session';

describe.each(platforms)('the routes on %s', (platform) => {
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
    '/connections/%2e/callback',
    '/connections/%2e%2e/callback',
    '/connections/%2e/client-metadata.json',
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

  it('may have guards that inject what a module of the host exports', async () => {
    const { ask } = await service(platform, { guards: [SessionsGuard], imports: [SessionsModule] });
    expect((await ask('/connections')).status).toBe(401);
    expect((await ask('/connections', { headers: ada })).status).toBe(200);
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

  it('refuse what another site sends', async () => {
    const { ask } = await service(platform);
    const foreign = { ...ada, origin: 'https://evil.test' };
    const answer = await ask('/connections/github', { method: 'DELETE', headers: foreign });
    expect([answer.status, await answer.json()]).toMatchObject([403, { code: 'request_refused' }]);
  });
});
