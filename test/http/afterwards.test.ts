/** Where users are after a flow: where the flow wanted to go, what the host names, our page, or a page that says what happened. */
import { beforeAll, describe, expect, it } from 'vitest';
import { ConnectionOAuthState } from '../../src';
import type { FlowOutcome } from '../../src/http';
import { atEndOfTests } from '../setup/at-end';
import { bearerOf, callbackOf, FRONT_END, HttpHost, SERVICE } from '../setup/http-host';
import type { Service, ServiceOptions } from '../setup/http-host';
import { answer, Site } from '../setup/site';
import { ending } from './journey';

describe('The place after a flow', () => {
  const atEnd = atEndOfTests();
  const routes = HttpHost.forTests('sqlite');
  let provider: Site;
  beforeAll(async () => {
    provider = await Site.open(atEnd);
    provider.pages.set('/token', answer(200, { access_token: 'at', token_type: 'Bearer', expires_in: 3600 }));
  });

  const at = (handler: ServiceOptions['handler'], more: ServiceOptions = {}) =>
    routes.service({
      ...more,
      entries: { site: routes.entryAt(provider.origin), 'a ü/😀&b': routes.entryAt(provider.origin) },
      ...(handler === undefined ? {} : { handler }),
    });
  const begin = async (service: Service, id: string, query = '') => {
    const response = await service.app(id, `/connections/site/authorize${query}`);
    const body = (await response.json()) as { authorization_url: string; code?: string };
    return { status: response.status, body };
  };
  /** A whole flow, to where it ends. */
  const end = async (service: Service, parameters: Record<string, string> = { code: 'c' }, query = '') => {
    const id = routes.newUser();
    const { body } = await begin(service, id, query);
    const headers = { ...bearerOf(id), accept: 'text/html' };
    return service.send(callbackOf(body.authorization_url, parameters), { headers });
  };
  const denied = { error: 'access_denied' };

  it('may be a path, with a query and a fragment of its own', async () => {
    const service = at({ afterwards: '/settings?tab=1#accounts' });
    const location = (await end(service)).headers.get('location') ?? '';
    const url = new URL(location, SERVICE);
    expect(url.href).toBe(`${SERVICE}/settings?tab=1&connection_success=site#accounts`);
    const failed = new URL((await end(service, denied)).headers.get('location') ?? '', SERVICE);
    expect([...failed.searchParams]).toEqual([
      ['tab', '1'],
      ['connection_error', 'site'],
      ['error', 'authorization_denied'],
    ]);
    expect(failed.hash).toBe('#accounts');
  });

  it('may be chosen for each flow', async () => {
    const outcomes: FlowOutcome[] = [];
    const service = at({
      afterwards: (outcome) => {
        outcomes.push(outcome);
        return outcome.error === null ? '/done' : '/failed';
      },
    });
    expect(ending(await end(service, { code: 'c' }, '?account=work'))).toMatchObject({
      place: `${SERVICE}/done`,
    });
    expect(ending(await end(service, denied))).toMatchObject({ place: `${SERVICE}/failed` });
    expect(outcomes).toEqual([
      { connectionName: 'site', account: 'work', error: null },
      { connectionName: 'site', account: 'default', error: 'authorization_denied' },
    ]);
  });

  it('is where the flow wanted to go before it is anything else', async () => {
    const service = at({});
    const query = `?return_to=${encodeURIComponent(`${FRONT_END}/deep?x=1`)}`;
    expect(ending(await end(service, { code: 'c' }, query))).toEqual({
      place: `${FRONT_END}/deep`,
      query: { x: '1', connection_success: 'site' },
    });
    expect(ending(await end(service, denied, '?return_to=/deep'))).toEqual({
      place: `${SERVICE}/deep`,
      query: { connection_error: 'site', error: 'authorization_denied' },
    });
  });

  it('is the page of the handler where the host names none', async () => {
    const service = at({ afterwards: undefined, page: true });
    expect(ending(await end(service), `${SERVICE}/connections/site/callback`)).toEqual({
      place: `${SERVICE}/connections/ui`,
      query: { connection_success: 'site' },
    });
  });

  it('is a page that says what happened and begins again, where there is nowhere to go', async () => {
    const service = at({ afterwards: undefined });
    const failed = await end(service, denied);
    expect(failed.status).toBeGreaterThanOrEqual(400);
    expect(failed.headers.get('location')).toBeNull();
    const html = await failed.text();
    expect(html).toMatch(/site/i);
    expect(html).toMatch(
      /<form[^>]+method="post"[^>]*action="[^"]*connect"|<form[^>]+action="[^"]*connect"/i,
    );
    const other = await (await end(service, denied, '?account=work')).text();
    expect(other).toMatch(/<input[^>]+name="account"[^>]+value="work"/);
    const done = await end(service);
    expect(done.status).toBeLessThan(400);
  });

  it.each([
    'https://evil.example.test/',
    '//evil.example.test',
    '/\\evil.example.test',
    'javascript:alert(1)',
    `${FRONT_END}.evil.test/`,
    'https://app.example.test@evil.test/',
  ])('is never %j, which a link could have asked for', async (returnTo) => {
    const service = at({});
    const { status, body } = await begin(service, 'ada', `?return_to=${encodeURIComponent(returnTo)}`);
    expect([status, body.code]).toEqual([400, 'return_to_refused']);
  });

  it('is not believed where the row was changed', async () => {
    const service = at({});
    const id = routes.newUser();
    const { body } = await begin(service, id, '?return_to=/mine');
    const states = routes.host.dataSource.getRepository(ConnectionOAuthState);
    await states.update({ userId: id }, { returnTo: 'https://evil.example.test/' });
    const address = callbackOf(body.authorization_url, { code: 'c' });
    const response = await service.send(address, { headers: bearerOf(id) });
    expect(response.headers.get('location') ?? '').not.toContain('evil');
  });

  it('gets a name with letters, digits and `_.-` only', async () => {
    const redirect_uri = `${SERVICE}/connections/odd/callback`;
    const entry = routes.entryAt(provider.origin);
    const oauth_config = { ...(entry['oauth_config'] as object), redirect_uri };
    const service = routes.service({ entries: { 'aü/😀&b.-_': { ...entry, oauth_config } } });
    const id = routes.newUser();
    const { authorizationUrl } = await service.connections.authorize(id, 'aü/😀&b.-_');
    const address = callbackOf(authorizationUrl, denied);
    const { query } = ending(await service.send(address, { headers: bearerOf(id) }));
    expect(query['connection_error']).toMatch(/^a_{3,6}b\.-_$/);
    expect(query['error']).toBe('authorization_denied');
  });

  it.each(['javascript:alert(1)', '//evil.example.test', '/\\evil.example.test', 'settings', ''])(
    'cannot be %j, which is no address',
    (afterwards) => {
      expect(() => at({ afterwards })).toThrow(expect.objectContaining({ code: 'option_invalid' }));
    },
  );
});
