/** Registered clients that their server has forgotten: what tells so, and how often another is registered. */
import { expect, it, vi } from 'vitest';
import { eventually } from '../setup/eventually';
import { RegistrationRows } from '../../src/connections/registrations/registrations';
import { codeOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { useForgottenClients } from '../setup/forgotten-clients';
import { answer } from '../setup/site';

describeAnyEngine('A client that its server has forgotten', (engine) => {
  const used = useForgottenClients(engine);
  const { world, clientWith, aside, comeBack, refresh, age, refused } = used;
  const reject = (rejectedToken: string) =>
    codeOf(used.connections.getAccessToken('ada', 'linear', { rejectedToken }));

  it.each<[string, (error: string) => Promise<unknown>, string, readonly string[]]>([
    [
      'the refusal of a refresh',
      async (error) => {
        await world.connect(used.connections, 'ada');
        refused(error);
        return refresh();
      },
      'reauthorization_required',
      ['invalid_client', 'unauthorized_client'],
    ],
    [
      'the refusal of a code',
      async (error) => {
        refused(error);
        return comeBack({ code: 'c' });
      },
      'authorization_failed',
      ['invalid_client', 'unauthorized_client'],
    ],
    [
      'the error of a callback',
      (error) => comeBack({ error }),
      'authorization_failed',
      ['invalid_client', 'unauthorized_client'],
    ],
  ])('is replaced after %s', async (_what, signal, result, errors) => {
    await clientWith();
    for (const [index, error] of errors.entries()) {
      await age('updatedAt', 3_601_000);
      expect(await signal(error)).toBe(result);
      await eventually(async () => expect(await aside()).toHaveLength(index + 1));
      world.auth.pages.set('/token', { access_token: 'at', refresh_token: 'rt', token_type: 'Bearer' });
      expect(await clientWith()).toBe(`registered-${index + 2}`);
      expect(await comeBack({ code: 'c' })).toBe('fine');
    }
  });

  it.each<[string, () => Promise<unknown>, string]>([
    [
      'a grant that has ended',
      async () => {
        await world.connect(used.connections, 'ada');
        refused('invalid_grant');
        return refresh();
      },
      'reauthorization_required',
    ],
    [
      'a scope that is refused',
      async () => {
        refused('invalid_scope');
        return comeBack({ code: 'c' });
      },
      'provider_refused',
    ],
    ['a user who refuses', () => comeBack({ error: 'access_denied' }), 'authorization_denied'],
    ['an error of the server', () => comeBack({ error: 'server_error' }), 'authorization_failed'],
    [
      'a revocation that the server does not offer for such tokens',
      async () => {
        await world.connect(used.connections, 'ada');
        world.auth.pages.set('/revoke', answer(400, { error: 'unsupported_token_type' }));
        return (await used.connections.disconnect('ada', 'linear')).revocation;
      },
      'failed',
    ],
    [
      'a revocation for which the client is refused',
      async () => {
        await world.connect(used.connections, 'ada');
        world.auth.pages.set('/revoke', answer(401, { error: 'invalid_client' }));
        return (await used.connections.disconnect('ada', 'linear')).revocation;
      },
      'failed',
    ],
    [
      'a rejected token that cannot be refreshed',
      async () => {
        world.auth.pages.set('/token', { access_token: 'at-only', token_type: 'Bearer' });
        await world.connect(used.connections, 'ada');
        return reject('at-only');
      },
      'reauthorization_required',
    ],
    [
      'a rejected token that can be refreshed',
      async () => {
        await world.connect(used.connections, 'ada');
        return reject('at-1');
      },
      'fine',
    ],
  ])('is told from one that is known, after %s', async (_what, signal, result) => {
    const asides = vi.spyOn(RegistrationRows.prototype, 'setAside');
    expect(await signal()).toBe(result);
    expect(await clientWith()).toBe('registered-1');
    expect(asides).not.toHaveBeenCalled();
  });

  it.each<[string, Record<string, string>]>([
    ['callbacks', { error: 'unauthorized_client' }],
    ['answers to codes', { code: 'c' }],
  ])('is replaced once an hour for %s: the next may have to be approved first', async (_what, query) => {
    const token = world.auth.pages.get('/token') as object;
    refused('unauthorized_client');
    for (const next of [
      /another one is registered\./,
      /later if its operator .* with `newClient`/,
      /later if/,
    ]) {
      const state = (await world.begin(used.connections, 'ole')).searchParams.get('state') ?? '';
      const callback = new URLSearchParams({ ...query, state }).toString();
      await expect(
        used.connections.complete(`/connections/linear/callback?${callback}`, { userId: 'ole' }),
      ).rejects.toMatchObject({ code: 'authorization_failed', message: expect.stringMatching(next) });
    }
    expect(world.registered).toBe(2);
    world.auth.pages.set('/token', token);
    expect(await comeBack({ code: 'c' })).toBe('fine');
    const again = await world.begin(used.connections, 'eve', { newClient: true });
    expect(again.searchParams.get('client_id')).toBe('registered-3');
    expect(await comeBack({ code: 'c' })).toBe('fine');
  });

  it('is not known to be that of imported tokens: their refusals replace one an hour', async () => {
    for (const userId of ['i1', 'i2', 'i3']) {
      const tokens = { accessToken: userId, refreshToken: userId, expiresAt: new Date(Date.now() + 1000) };
      await used.connections.importTokens(userId, 'linear', tokens);
    }
    await clientWith();
    refused('unauthorized_client');
    for (const userId of ['i1', 'i2', 'i3']) {
      await refresh(userId);
      await clientWith();
    }
    expect(world.registered).toBe(2);
  });

  it('does not hide why a flow ended, when it cannot be set aside', async () => {
    vi.spyOn(RegistrationRows.prototype, 'setAside').mockRejectedValue(new Error('out'));
    expect(await comeBack({ error: 'invalid_client' })).toBe('authorization_failed');
  });

  it('is blamed by the flow whose code was refused for it, and not the code', async () => {
    const { searchParams } = await world.begin(used.connections, 'ada');
    await age('createdAt', 3_601_000);
    refused('invalid_client');
    const callback = `/connections/linear/callback?code=c&state=${searchParams.get('state')}`;
    await expect(used.connections.complete(callback, { userId: 'ada' })).rejects.toMatchObject({
      code: 'authorization_failed',
      message: expect.stringMatching(/refuses the client that it has registered.*another one is registered/),
    });
  });
});
