/** Servers that refuse `resource`: at the token endpoint, or only with a refresh, as Microsoft Entra does; or in the callback. */
import { afterEach, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import type { Connections } from '../../src';
import type { Fetch } from '../../src/oauth/exchange';
import { codeOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { McpWorld } from '../setup/mcp-world';
import type { Page } from '../setup/site';
import { answer } from '../setup/site';

const tokens = answer(200, {
  access_token: 'at',
  refresh_token: 'rt',
  expires_in: 3600,
  token_type: 'Bearer',
});

describeAnyEngine('A server that refuses `resource`', (engine) => {
  const world = McpWorld.forEachTest(engine);
  afterEach(() => void vi.useRealTimers());

  /** What a request gets by what is in it. */
  const serve = (page: (sent: URLSearchParams) => Page) =>
    world.auth.pages.set('/token', (response, request) => {
      const served = page(new URLSearchParams(request.body));
      if (typeof served === 'function') served(response, request);
    });
  const refusing = (error: string, status = 400) =>
    serve((sent) =>
      sent.get('grant_type') === 'refresh_token' && sent.has('resource') ? answer(status, { error }) : tokens,
    );
  async function connected(oauth?: JsonObject, fetch?: Fetch): Promise<Connections> {
    const connections = world.connections(oauth, fetch === undefined ? {} : { fetch });
    await world.connect(connections);
    await world.host.expire('ada');
    world.auth.requests.length = 0;
    return connections;
  }
  const refresh = (connections: Connections) => connections.getAccessToken('ada', 'linear');
  /** Whether each request had a `resource`. */
  const had = () => world.tokenRequests.map((sent) => 'resource' in sent);

  it.each(['invalid_target', 'invalid_request', 'invalid_scope', 'own_word'])(
    'of a refresh with %s is asked once more without it, where discovery found it',
    async (error) => {
      refusing(error);
      expect((await refresh(await connected())).accessToken).toBe('at');
      const [first, second] = world.tokenRequests;
      expect(first).toEqual({ ...second, resource: world.url });
      expect(had()).toEqual([true, false]);
    },
  );

  it.each([
    ['invalid_grant', 400, 'reauthorization_required'],
    ['invalid_target', 403, 'provider_refused'],
    ['temporarily_unavailable', 400, 'provider_unavailable'],
    ['invalid_target', 503, 'provider_unavailable'],
  ])('is not asked again after %s with status %s', async (error, status, code) => {
    refusing(error, status);
    expect(await codeOf(refresh(await connected()))).toBe(code);
    expect(had()).toEqual([true]);
  });

  it('and without it, too, is understood by its first error', async () => {
    serve((sent) =>
      sent.get('grant_type') === 'refresh_token'
        ? answer(400, { error: sent.has('resource') ? 'invalid_target' : 'invalid_scope' })
        : tokens,
    );
    await expect(refresh(await connected())).rejects.toMatchObject({
      code: 'provider_refused',
      message: expect.stringMatching(/\(invalid_target\)/),
    });
    expect(had()).toEqual([true, false]);
  });

  it('and says without it that the grant has ended, is believed', async () => {
    serve((sent) =>
      sent.get('grant_type') === 'refresh_token'
        ? answer(400, { error: sent.has('resource') ? 'invalid_request' : 'invalid_grant' })
        : tokens,
    );
    expect(await codeOf(refresh(await connected()))).toBe('reauthorization_required');
  });

  it('is not asked again when the time for both requests is over', async () => {
    refusing('invalid_target');
    let isSuspended = false;
    const fetch: Fetch = async (url, init) => {
      const response = await globalThis.fetch(url, init);
      if (isSuspended) vi.advanceTimersByTime(60_000);
      return response;
    };
    const connections = await connected(undefined, fetch);
    vi.useFakeTimers({ toFake: ['performance'] });
    isSuspended = true;
    expect(await codeOf(refresh(connections))).toBe('provider_refused');
    expect(had()).toEqual([true]);
  });

  it('is not asked again where the operator declared it, who is told of `"resource": "off"`, which helps', async () => {
    refusing('invalid_target');
    const connections = await connected({ resource: 'https://mcp.example.test/declared' });
    await expect(refresh(connections)).rejects.toMatchObject({
      code: 'provider_refused',
      message: expect.stringMatching(/`resource`.*`"resource": "off"`.*connect again/),
    });
    expect(had()).toEqual([true]);
    const corrected = world.connections({ resource: 'off' });
    expect(await codeOf(refresh(corrected))).toBe('reauthorization_required');
    await world.connect(corrected);
    await world.host.expire('ada');
    expect((await refresh(corrected)).accessToken).toBe('at');
  });

  it('needs no user to connect again where "off" is declared in place of what discovery found', async () => {
    serve((sent) =>
      sent.has('resource') && sent.has('refresh_token') ? answer(403, { error: 'invalid_target' }) : tokens,
    );
    expect(await codeOf(refresh(await connected()))).toBe('provider_refused');
    expect((await refresh(world.connections({ resource: 'off' }))).accessToken).toBe('at');
  });

  it('in its callback is not sent one with `"resource": "off"`, which the message names', async () => {
    const refusal = world.connect(world.connections(), 'ada', { error: 'invalid_target' });
    await expect(refusal).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringContaining('`"resource": "off"`'),
    });
    const url = await world.begin(world.connections({ resource: 'off' }));
    expect(url.searchParams.has('resource')).toBe(false);
  });

  it('with a code is asked only once', async () => {
    serve((sent) => (sent.has('resource') ? answer(400, { error: 'invalid_target' }) : tokens));
    await expect(world.connect(world.connections())).rejects.toMatchObject({
      code: 'provider_refused',
      message: expect.stringMatching(/`"resource": "off"`/),
    });
    expect(had()).toEqual([true]);
    await world.connect(world.connections({ resource: 'off' }));
    expect(had()).toEqual([true, false]);
  });
});
