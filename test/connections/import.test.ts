/** One account that a host imports: what is replaced, and what is refused. */
import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

describeEachEngine('An import of tokens', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });

  it('replaces no tokens that are there, so that an import may run twice', async () => {
    const issued = { accessToken: 'at-1', refreshToken: 'rt-1' };
    expect(await connections.importTokens('twice', 'atlassian', issued)).toBe(true);
    const before = await host.row('twice');
    expect(await connections.importTokens('twice', 'atlassian', { ...issued, accessToken: 'at-0' })).toBe(
      false,
    );
    expect(await host.row('twice')).toEqual(before);
  });

  it('replaces tokens that were last saved before an instant, and no later ones', async () => {
    await connections.importTokens('older', 'atlassian', { accessToken: 'at-1', refreshToken: 'rt-1' });
    const { updatedAt, id } = await host.row('older');
    const over = (replaceSavedBefore: Date) =>
      connections.importTokens('older', 'atlassian', { accessToken: 'at-2' }, { replaceSavedBefore });
    expect(await over(updatedAt)).toBe(false);
    expect(await over(new Date(updatedAt.getTime() + 1))).toBe(true);
    expect((await connections.getAccessToken('older', 'atlassian')).accessToken).toBe('at-2');
    expect(await host.row('older')).toMatchObject({ id, generation: 2, refreshTokenEncrypted: null });
  });

  it('replaces tokens whose user would have to connect again, whenever that was found out', async () => {
    await connections.importTokens('dead', 'atlassian', { accessToken: 'at-1' });
    await host.rows.update({ userId: 'dead' }, { status: 'reauthorization_required' });
    const importing = (options = {}) =>
      connections.importTokens('dead', 'atlassian', { accessToken: 'at-2' }, options);
    expect(await importing()).toBe(false);
    expect(await importing({ replaceSavedBefore: new Date(0) })).toBe(true);
    expect((await connections.getAccessToken('dead', 'atlassian')).accessToken).toBe('at-2');
  });

  it('is made for many at once: one where nothing is replaced, all where each may go over the others', async () => {
    const replicas = [connections, await host.replica(), await host.replica(), await host.replica()];
    const importAll = (userId: string, replaceSavedBefore?: Date) =>
      Promise.all(
        [...replicas, ...replicas].map((replica, index) =>
          replica.importTokens(userId, 'atlassian', { accessToken: `at-${index}` }, { replaceSavedBefore }),
        ),
      );
    expect((await importAll('race')).filter(Boolean)).toHaveLength(1);
    for (let round = 1; round <= 5; round += 1) {
      expect((await importAll('rush', new Date('2100-01-01'))).filter(Boolean)).toHaveLength(8);
      expect((await host.row('rush')).generation).toBe(8 * round);
    }
  });

  it.each<[string, unknown, string]>([
    ['an object without an access token', {}, 'accessToken'],
    ['an empty access token', { accessToken: '' }, 'accessToken'],
    ['null', null, 'accessToken'],
    ['a refresh token in `refresh_token`', { accessToken: 'at-marked', refresh_token: 'rt' }, 'refreshToken'],
    ['a lifetime in `expires_in`', { accessToken: 'at-marked', expires_in: 3600 }, 'expires_in'],
    ['a refresh token that is a number', { accessToken: 'at-marked', refreshToken: 7 }, 'refreshToken'],
    ['an expiry that is a text', { accessToken: 'at-marked', expiresAt: '2026-01-01' }, 'expiresAt'],
    ['an expiry that is no date', { accessToken: 'at-marked', expiresAt: new Date(Number.NaN) }, 'expiresAt'],
    ['scopes in one text', { accessToken: 'at-marked', scopes: 'read write' }, 'scopes'],
    ['two scopes in one text of a list', { accessToken: 'at-marked', scopes: ['read write'] }, 'scopes'],
    ['a token type that is a number', { accessToken: 'at-marked', tokenType: 1 }, 'tokenType'],
    ['provider metadata in a list', { accessToken: 'at-marked', providerMetadata: [] }, 'providerMetadata'],
  ])('refuses %s', async (_what, tokens, field) => {
    const imported = connections.importTokens('never', 'atlassian', tokens as never);
    const error: unknown = await imported.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'tokens_invalid', message: expect.stringContaining(field) });
    expect(String(error)).not.toContain('marked');
    expect(await host.rows.countBy({ userId: 'never' })).toBe(0);
  });
});
