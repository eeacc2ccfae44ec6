/** Tokens that cannot be sent as Bearer tokens (RFC 6750): refused where nothing is lost, kept but not served after a refresh. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { errorOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { HOUR_MS } from '../setup/connected';
import { McpWorld, SERVER } from '../setup/mcp-world';

const unusable: [token: object, shown: string][] = [
  [{ access_token: 'at-marked', token_type: 'DPoP' }, '"DPoP"'],
  [{ access_token: 'at-marked', token_type: 'mac' }, '"mac"'],
  [{ access_token: 'at-marked', token_type: 'N_A' }, '"N_A"'],
  [{ access_token: 'at-marked\r\nx-admin: 1', token_type: 'Bearer' }, 'control characters'],
  [{ access_token: 'at-marked\u0000' }, 'control characters'],
  [{ access_token: 'ät-marked' }, 'characters'],
];

describeAnyEngine('Tokens that cannot be sent', (engine) => {
  const world = McpWorld.forTests(engine);
  let connections: Connections;
  const told: unknown[] = [];
  let user = '';
  let users = 0;
  beforeAll(() => {
    connections = world.connections();
    connections.on('refreshed', ({ userId }) => told.push({ userId, refreshed: true }));
    connections.on('reauthorization_required', ({ userId, reason }) => told.push({ userId, reason }));
  });
  beforeEach(() => {
    world.reset();
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
    world.auth.pages.set('/revoke', {});
    told.length = 0;
    user = `user-${(users += 1)}`;
  });

  const answers = (tokens: object) => world.auth.pages.set('/token', { refresh_token: 'rt-new', ...tokens });
  const revoked = () =>
    world.auth.requests
      .filter(({ path }) => path === '/revoke')
      .map(({ body }) => new URLSearchParams(body).get('token'));

  it.each(unusable)('are refused when a user connects, and revoked: %j', async (tokens, shown) => {
    answers(tokens);
    const error = await errorOf(world.connect(connections, user));
    expect(error).toMatchObject({
      code: 'tokens_invalid',
      connectionName: 'linear',
      account: 'default',
      returnTo: null,
      message: expect.stringContaining(shown),
    });
    expect(error.message).not.toContain('marked');
    expect(revoked()).toEqual(['rt-new']);
    expect(await world.host.rows.countBy({ userId: user })).toBe(0);
  });

  it.each([undefined, 'bearer', 'example', 'Bearer'])('are not those of the type %j', async (token_type) => {
    answers({ access_token: 'at-sent', token_type });
    await world.connect(connections, user);
    expect((await connections.getAccessToken(user, 'linear')).accessToken).toBe('at-sent');
  });

  it.each(unusable)('are not imported: %j', async (tokens, shown) => {
    const { access_token: accessToken, token_type: tokenType } = tokens as Record<string, string>;
    const error = await errorOf(
      connections.importTokens(user, 'linear', { accessToken: accessToken ?? '', tokenType }),
    );
    const about = { connectionName: 'linear', account: 'default' };
    expect(error).toMatchObject({ code: 'tokens_invalid', ...about });
    expect(error.message).toContain(shown);
    expect(error.message).not.toContain('marked');
    expect(await world.host.rows.countBy({ userId: user })).toBe(0);
  });

  /** A user who has connected, and whose token has expired. */
  const expired = async () => {
    await world.connect(connections, user);
    await world.host.expire(user);
  };

  it.each(unusable)('are saved after a refresh, and not served: %j', async (tokens) => {
    await expired();
    answers({ expires_in: 3600, ...tokens });
    const linesBefore = world.host.logger.lines.length;
    const required = {
      code: 'reauthorization_required',
      reason: 'token_unusable',
      connectionName: 'linear',
      account: 'default',
    };
    expect(await errorOf(connections.getAccessToken(user, 'linear'))).toMatchObject(required);
    const row = await world.host.row(user);
    expect(row).toMatchObject({ status: 'reauthorization_required', statusReason: 'token_unusable' });
    expect(row.generation).toBe(2);
    const place = { table: 'user_connection_tokens', row: [user, 'linear', 'default'] } as const;
    const kept = await world.host.cipher.decrypt(row.refreshTokenEncrypted ?? '', {
      ...place,
      column: 'refresh_token_encrypted',
    });
    expect(kept).toBe('rt-new');
    expect(told).toEqual([{ userId: user, reason: 'token_unusable' }]);
    const lines = world.host.logger.lines.slice(linesBefore);
    expect(lines).toEqual([expect.stringMatching(/^warn: .*cannot be sent as a Bearer token/)]);

    const asked = world.tokenRequests.length;
    expect(await errorOf(connections.getAccessToken(user, 'linear'))).toMatchObject(required);
    const rejectedToken = 'at-1';
    expect(await errorOf(connections.getAccessToken(user, 'linear', { rejectedToken }))).toMatchObject(
      required,
    );
    expect(await connections.list(user)).toMatchObject([
      { status: 'reauthorization_required', accounts: [{ reason: 'token_unusable' }] },
    ]);
    expect([world.tokenRequests.length, revoked()]).toEqual([asked, []]);
  });

  it('are counted as such when many are refreshed, and end when the user connects again', async () => {
    await world.host.rows.deleteAll();
    await expired();
    answers({ access_token: 'at', token_type: 'DPoP' });
    const report = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 1 };
    expect(await connections.refreshExpiring()).toEqual(report);
    expect(await connections.refreshExpiring()).toEqual({ ...report, reauthorizationRequired: 0 });
    world.reset();
    await world.connect(connections, user);
    expect(await world.host.row(user)).toMatchObject({ status: 'active', statusReason: null });
    expect((await connections.getAccessToken(user, 'linear')).accessToken).toBe('at-1');
  });

  it('replace a token that still lived, for every process that waited', async () => {
    await expired();
    await world.host.expire(user, 10_000);
    answers({ access_token: 'at', token_type: 'DPoP', expires_in: 3600 });
    const replica = await world.replica();
    const required = new Promise((resolve) => connections.on('reauthorization_required', resolve));
    expect((await connections.getAccessToken(user, 'linear')).accessToken).toBe('at-1');
    await required;
    expect(await errorOf(replica.getAccessToken(user, 'linear'))).toMatchObject({ reason: 'token_unusable' });
  });

  it.each(unusable.slice(3))('are not served from a row that another program wrote: %j', async (tokens) => {
    await world.connect(connections, user);
    const { access_token: token } = tokens as { access_token: string };
    const place = { table: 'user_connection_tokens', column: 'access_token_encrypted' } as const;
    const accessTokenEncrypted = await world.host.cipher.encrypt(token, {
      ...place,
      row: [user, 'linear', 'default'],
    });
    await world.host.rows.update({ userId: user }, { accessTokenEncrypted });
    const asked = world.tokenRequests.length;
    const error = await errorOf(connections.getAccessToken(user, 'linear'));
    expect(error).toMatchObject({ code: 'reauthorization_required', reason: 'token_unusable' });
    expect(error.message).not.toContain('marked');
    expect(world.tokenRequests).toHaveLength(asked);
  });

  it.each([null, 'written by another program', 'toString'])(
    'are not what the reason %j of a row means: that is the end of a grant',
    async (statusReason) => {
      await connections.importTokens(user, 'linear', {
        accessToken: 'at',
        expiresAt: new Date(Date.now() + HOUR_MS),
      });
      const status = 'reauthorization_required';
      await world.host.rows.update({ userId: user }, { status, statusReason });
      const reason = 'invalid_grant';
      expect(await errorOf(connections.getAccessToken(user, 'linear'))).toMatchObject({ reason });
      expect(await connections.list(user)).toMatchObject([{ accounts: [{ reason }] }]);
    },
  );

  it('have metadata that is saved whatever another program put into the column before', async () => {
    const capturing = world.connections({ capture: ['team'] });
    await world.connect(capturing, user);
    for (const before of ['not JSON', '["a"]', '7']) {
      const raw: object = { providerMetadata: () => `'${before}'` };
      await world.host.rows.createQueryBuilder().update().set(raw).where({ userId: user }).execute();
      await world.host.expire(user);
      answers({ access_token: 'at', team: before });
      expect((await capturing.getAccessToken(user, 'linear')).accessToken).toBe('at');
      const [listed] = await capturing.list(user);
      expect(listed?.accounts[0]?.providerMetadata).toEqual({ team: before });
    }
  });
});
