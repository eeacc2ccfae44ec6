/** Which scopes an authorization asks for: those of the connection, of the caller, and what the account had before. */
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import type { Connections } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { declaration, entry } from '../setup/declarations';
import { McpWorld, SERVER } from '../setup/mcp-world';

describe('An authorization asks for', () => {
  const world = McpWorld.forEachTest('sqlite');
  const atEnd = atEndOfTests();

  const scopeOf = async (connections: Connections, scopes: readonly string[] = []) =>
    (await world.begin(connections, 'ada', { scopes })).searchParams.get('scope');
  /** The account has these scopes. */
  const had = (scopes: string | null, changes = {}) =>
    world.host.rows.update({ userId: 'ada' }, { scopes, ...changes });
  const endpoints = (more: JsonObject) => ({
    client_id: 'mine',
    authorize_url: `${world.auth.origin}/authorize`,
    token_url: `${world.auth.origin}/token`,
    ...more,
  });

  it.each<[string, () => JsonObject | undefined]>([
    ['that was discovered', () => undefined],
    ['whose scopes are declared', () => ({ scopes: 'files:read' })],
    ['whose client is declared', () => ({ client_id: 'mine' })],
    ['whose endpoints are declared', () => endpoints({ scopes: 'files:read' })],
  ])('what the account had before, of a connection %s', async (_what, oauth) => {
    const connections = world.connections(oauth());
    await world.connect(connections);
    await had('files:read files:write');
    expect(await scopeOf(connections)).toBe('files:read files:write');
    expect(await scopeOf(connections, ['more'])).toBe('files:read files:write more');
    expect((await world.begin(connections, 'ole')).searchParams.get('scope')).toBe('files:read');
    await connections.disconnect('ada', 'linear');
    expect(await scopeOf(connections)).toBe('files:read');
  });

  it.each<[string, string, string]>([
    ['what no scope may be', 'files:read "quoted" files:write', 'files:read files:write'],
    ['more than a request may have', Array.from({ length: 101 }, (_, n) => `s${n}`).join(' '), 'files:read'],
  ])('nothing of what the account had that is %s', async (_what, scopes, expected) => {
    const connections = world.connections();
    await world.connect(connections);
    await had(scopes);
    expect(await scopeOf(connections)).toBe(expected);
  });

  it('what tokens had that were refused', async () => {
    const connections = world.connections();
    await world.connect(connections);
    await had('files:write', { status: 'reauthorization_required', statusReason: 'invalid_grant' });
    expect(await scopeOf(connections)).toBe('files:read files:write');
  });

  it('what tokens had that another client got, which was set aside', async () => {
    const connections = world.connections();
    await world.connect(connections);
    await had('files:write');
    await world.begin(connections, 'ole', { newClient: true });
    expect(await scopeOf(connections)).toBe('files:read files:write');
  });

  it('what imported tokens have', async () => {
    const connections = world.connections();
    await connections.importTokens('ada', 'linear', { accessToken: 'at', scopes: ['files:write'] });
    expect(await scopeOf(connections)).toBe('files:read files:write');
  });

  it('fewer scopes once fewer are declared', async () => {
    const wide = { scopes: 'files:read files:write' };
    const narrow = { scopes: 'files:read' };
    await world.connect(world.connections(wide));
    expect(await scopeOf(world.connections(narrow))).toBe('files:read');
    await world.host.rows.deleteAll();
    await world.connect(world.connections(endpoints(wide)));
    expect(await scopeOf(world.connections(endpoints(narrow)))).toBe('files:read');
  });

  it('nothing that tokens of another server had', async () => {
    await world.connect(world.connections());
    await had('files:write');
    const url = `${(await McpWorld.open('sqlite', atEnd)).mcp.origin}/mcp`;
    const oauth_config = endpoints({ scopes: 'files:read' });
    const moved = world.host.connections(
      { publicUrl: 'https://api.example.test' },
      declaration({ linear: entry({ url, oauth_config }) }),
    );
    expect(await scopeOf(moved)).toBe('files:read');
  });

  it('nothing where the endpoints are declared without scopes, but what the caller names', async () => {
    const connections = world.connections(endpoints({}));
    await world.connect(connections);
    await had('chosen');
    expect(await scopeOf(connections)).toBeNull();
    expect(await scopeOf(connections, ['more'])).toBe('chosen more');
  });

  it('`offline_access` and consent where the server refreshes tokens, and not where it does not', async () => {
    const offers = { scopes_supported: ['offline_access'] };
    const onlyCodes = { grant_types_supported: ['authorization_code'] };
    world.auth.pages.set(SERVER, world.server(offers));
    await world.connect(world.connections());
    await had('files:read offline_access');
    const url = await world.begin(world.connections());
    expect([url.searchParams.get('scope'), url.searchParams.get('prompt')]).toEqual([
      'files:read offline_access',
      'consent',
    ]);
    world.auth.pages.set(SERVER, world.server({ ...offers, ...onlyCodes }));
    expect(await scopeOf(world.connections())).toBe('files:read');
    expect(await scopeOf(world.connections({ scopes: 'offline_access' }))).toBe('offline_access');
  });

  it('consent where the caller asks for `offline_access`', async () => {
    const url = await world.begin(world.connections(), 'ada', { scopes: ['offline_access'] });
    expect(url.searchParams.get('prompt')).toBe('consent');
  });

  it('what the provider refuses, until the account is disconnected, as the error says', async () => {
    const connections = world.connections();
    await world.connect(connections);
    await had('gone');
    const state = (await world.begin(connections)).searchParams.get('state');
    const callback = `/connections/linear/callback?error=invalid_scope&state=${state}`;
    await expect(connections.complete(callback, { userId: 'ada' })).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringMatching(/"invalid_scope".*asked for again until it is disconnected/),
    });
    await connections.disconnect('ada', 'linear');
    expect(await scopeOf(connections)).toBe('files:read');
    expect(await codeOf(world.connect(connections))).toBe('fine');
  });
});
