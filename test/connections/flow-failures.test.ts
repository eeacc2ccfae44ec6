/** How an authorization flow fails: what is said of it, where the user goes, and that its state is used up. */
import { expect, it } from 'vitest';
import { isConnectionsError } from '../../src';
import { keyOf } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { UserFlows } from '../setup/user-flows';

describeEachEngine('The authorization flow', (engine) => {
  const flows = new UserFlows(engine);
  const { host } = flows;

  it('refuses to end what was declared anew meanwhile, and what is not declared any more', async () => {
    const userId = flows.newUser();
    const changed = host.connections(flows.backend, host.config({ scopes: 'openid' }));
    const at = await flows.callback(userId);
    await expect(changed.complete(at, { userId })).rejects.toMatchObject({ code: 'connection_changed' });
    const gone = host.connections(flows.backend, { mcpServers: {} });
    const again = await flows.callback(userId);
    await expect(gone.complete(again, { userId })).rejects.toMatchObject({ code: 'connection_unknown' });
    expect(await host.rows.countBy({ userId })).toBe(0);
    expect(await flows.states().countBy({ userId })).toBe(0);
  });

  it('says that the user said no', async () => {
    const userId = flows.newUser();
    const at = await flows.denied(userId);
    await expect(flows.connections.complete(at, { userId })).rejects.toMatchObject({
      code: 'authorization_denied',
    });
    expect(await flows.states().countBy({ userId })).toBe(0);
  });

  it('says of a failure which connection and account it was about, and where the user wanted to go', async () => {
    const userId = flows.newUser();
    const wanted = { returnTo: '/settings?tab=1', account: 'work' };
    const at = await flows.denied(userId, wanted);
    const about = { connectionName: 'atlassian', account: 'work', returnTo: '/settings?tab=1' };
    await expect(flows.connections.complete(at, { userId })).rejects.toMatchObject(about);
    const gone = host.connections(flows.backend, { mcpServers: {} });
    const again = await flows.callback(userId, wanted);
    await expect(gone.complete(again, { userId })).rejects.toMatchObject({
      code: 'connection_unknown',
      ...about,
    });
    const foreign = host.connections({ ...flows.backend, keys: `k9:${keyOf('9')}`, cipher: undefined });
    const sealed = await flows.callback(userId, wanted);
    await expect(foreign.complete(sealed, { userId })).rejects.toMatchObject({
      code: 'key_unknown',
      ...about,
    });
  });

  it('begins again with what the error of a failed flow says', async () => {
    const userId = flows.newUser();
    const at = await flows.denied(userId, { account: 'work' });
    const error: unknown = await flows.connections
      .complete(at, { userId })
      .catch((thrown: unknown) => thrown);
    if (!isConnectionsError(error, 'authorization_denied')) throw error;
    const { connectionName, account, returnTo } = error;
    const again = await flows.connections.authorize(userId, connectionName, { account, returnTo });
    const callbackUrl = await host.server.visit(again.authorizationUrl);
    expect(await flows.connections.complete(callbackUrl, { userId })).toMatchObject({
      account: 'work',
      returnTo: null,
    });
  });

  it.each<[string, Record<string, string>, string, RegExp]>([
    [
      'an error of the provider, escaped and cut',
      { error: 'server_error', error_description: `<b>\u001b[31m${'x'.repeat(900)}` },
      'authorization_failed',
      /"server_error", "\\u003cb\\u003e\\u001b\[31mx{1,200}…"/,
    ],
    ['neither code nor error', {}, 'callback_invalid', /neither a code nor an error/],
    ['an empty code', { code: '' }, 'callback_invalid', /neither a code nor an error/],
    [
      'a code that the provider does not take',
      { code: 'made-up' },
      'authorization_failed',
      /does not accept the code/,
    ],
    [
      'the name of another server',
      { code: 'c', iss: 'https://evil.example.test' },
      'issuer_mismatch',
      /names the issuer "https:\/\/evil\.example\.test", and the user was sent to "http:\/\/127/,
    ],
    [
      'an error of another server',
      { error: 'access_denied', iss: 'https://evil.example.test' },
      'issuer_mismatch',
      /names the issuer/,
    ],
  ])('ends with a typed error on %s, and the state is used up', async (_what, parameters, code, message) => {
    const userId = flows.newUser();
    const named = host.connections(flows.backend, host.config({ issuer: host.server.issuer }));
    const state = new URL(await flows.begin(userId, {}, named)).searchParams.get('state') ?? '';
    const iss = host.server.issuer;
    const at = `/connections/atlassian/callback?${new URLSearchParams({ iss, ...parameters, state }).toString()}`;
    const error: unknown = await named.complete(at, { userId }).catch((thrown: unknown) => thrown);
    const about = { connectionName: 'atlassian', account: 'default', returnTo: null };
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), ...about });
    expect((error as Error).message).not.toMatch(/made-up|[^\P{Cc}]/u);
    expect(await flows.states().countBy({ userId })).toBe(0);
  });

  it.each([
    ['nothing', ''],
    ['no text', undefined as never],
    ['no state', '/callback?code=1'],
    ['two states', '/callback?code=1&state=a&state=b'],
    ['two codes', '/callback?code=1&code=2&state=a'],
    ['no address', 'http://['],
    ['far too much', `/callback?state=${'a'.repeat(20_000)}`],
  ])('refuses a callback with %s', async (_what, at) => {
    await expect(flows.connections.complete(at, { userId: 'u' })).rejects.toMatchObject({
      code: 'callback_invalid',
    });
  });
});
