/** What only an operator can mend is in the log, and told to users in general terms. */
import { beforeAll, describe, expect, it } from 'vitest';
import { atEndOfTests } from '../setup/at-end';
import { bearerOf, callbackOf, HttpHost } from '../setup/http-host';
import type { ServiceOptions } from '../setup/http-host';
import type { Connections } from '../../src';
import { connectionsHandler } from '../../src/http/handler';
import { recordingLogger } from '../setup/recording-logger';
import { answer, Site } from '../setup/site';

describe('The log of the routes', () => {
  const atEnd = atEndOfTests();
  const routes = HttpHost.forTests('sqlite');
  let provider: Site;
  beforeAll(async () => {
    provider = await Site.open(atEnd);
  });
  const logged = (options: ServiceOptions = {}) => {
    const logger = recordingLogger();
    const entries = { site: routes.entryAt(provider.origin) };
    const service = routes.service({ entries, ...options, handler: { logger, ...options.handler } });
    return { logger, service };
  };

  it('says why a provider refuses the client, and its user learns only that it does', async () => {
    const { logger, service } = logged();
    provider.pages.set('/token', answer(401, { error: 'invalid_client' }));
    const { authorizationUrl } = await service.connections.authorize('ada', 'site');
    const callback = callbackOf(authorizationUrl, { code: 'c' });
    const response = await service.send(callback, { headers: bearerOf('ada') });
    expect(response.headers.get('location')).toContain('error=provider_refused');
    expect(logger.lines).toEqual([expect.stringMatching(/^warn: provider_refused: .*client_secret/)]);
  });

  it('says what is not set up, once for each request that needed it', async () => {
    const { logger, service } = logged({ connections: { publicUrl: undefined } });
    const response = await service.app('ada', '/connections/site/authorize');
    const body = (await response.json()) as { detail: string };
    expect([response.status, body]).toMatchObject([500, { code: 'redirect_uri_unknown' }]);
    expect(body.detail).not.toContain('publicUrl');
    expect(logger.lines).toEqual([expect.stringMatching(/^error: redirect_uri_unknown: .*publicUrl/)]);
  });

  it('says what nobody has thought of, without its stack in the answer', async () => {
    const logger = recordingLogger();
    const { addresses } = routes.service().connections;
    const list = () => {
      throw new TypeError('what nobody has thought of');
    };
    const others = { authorize() {}, complete() {}, disconnect() {}, clientMetadata() {} };
    const connections = { list, addresses, ...others } as unknown as Connections;
    const handler = connectionsHandler(connections, { user: () => 'ada', logger });
    const response = (await handler(new Request('https://api.example.test/connections'), {})) as Response;
    const body = await response.text();
    expect([response.status, JSON.parse(body)]).toMatchObject([500, { code: 'internal_error' }]);
    expect(body).not.toMatch(/thought of|\.ts/);
    expect(logger.lines).toEqual([expect.stringMatching(/^error: .*thought of/)]);
  });

  it('says nothing of what users and strangers do wrong', async () => {
    const { logger, service } = logged();
    await service.app('ada', '/connections/nothing/status');
    await service.send('/connections');
    await service.send('/connections/site', { method: 'DELETE', headers: { cookie: 'session=ada' } });
    await service.send('/connections/site/callback?code=c&state=s');
    await service.send('/connections/site/callback?code=c');
    await service.app('ada', '/connections/site/complete', 'POST', '{');
    await service.app('ada', '/connections/site/authorize?return_to=//evil.test');
    const { authorizationUrl } = await service.connections.authorize('ada', 'site');
    await service.send(callbackOf(authorizationUrl, { error: 'access_denied' }), {
      headers: bearerOf('ada'),
    });
    expect(logger.lines).toEqual([]);
  });
});
