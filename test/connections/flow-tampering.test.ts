/** What somebody gains who reads or changes the row of an authorization flow: nothing. */
import { expect, it } from 'vitest';
import { describeEachEngine } from '../setup/database';
import { UserFlows } from '../setup/user-flows';

describeEachEngine('The authorization flow', (engine) => {
  const flows = new UserFlows(engine);
  const { host } = flows;

  it('keeps neither the state nor the verifier in clear', async () => {
    const url = new URL(await flows.begin(flows.newUser()));
    const state = url.searchParams.get('state') ?? '';
    expect(url.searchParams.get('code_challenge_method')).toBe('S256');
    const rows = await flows.states().find();
    expect(JSON.stringify(rows)).not.toContain(state);
    expect(rows.every(({ codeVerifier }) => codeVerifier?.startsWith('v1.k1.'))).toBe(true);
    const [row] = rows;
    // The two read the clock one after the other.
    const lifeMs = (row?.expiresAt.getTime() ?? 0) - (row?.createdAt.getTime() ?? 0);
    expect(Math.round(lifeMs / 1_000)).toBe(600);
  });

  it.each([
    ['verifier', { codeVerifier: null }],
    ['verifier', { codeVerifier: '' }],
    ['user', { userId: 'mallory' }],
    ['connection', { connectionName: 'other' }],
    ['account', { account: 'other' }],
    ['redirect URI', { redirectUri: 'https://api.example.test/connections/other/callback' }],
    ['issuer', { issuer: 'https://evil.example.test' }],
    ['origin host', { originHost: 'evil.example.test' }],
    ['way back', { returnTo: 'https://evil.example.test/' }],
    ['scopes', { requestedScopes: 'write' }],
    ['fingerprint', { configFingerprint: 'f'.repeat(64) }],
  ])('ends no flow whose %s was changed in the table: %j', async (_what, changes) => {
    const userId = flows.newUser();
    const bound = await flows.connections.authorize(userId, 'atlassian', {
      bindToBrowser: true,
      returnTo: '/settings',
    });
    const at = await host.server.visit(bound.authorizationUrl);
    await flows.states().update({ userId }, changes);
    const before = host.server.tokenRequests;
    const completion = flows.connections.complete(at, { browserBinding: bound.browserBinding ?? '' });
    await expect(completion).rejects.toMatchObject({
      code: 'ciphertext_invalid',
      returnTo: null,
    });
    expect(host.server.tokenRequests).toBe(before);
  });

  it('ends no flow of another user with the session of this one, after a change in the table', async () => {
    const [userId, attacker] = [flows.newUser(), flows.newUser()];
    const at = await flows.callback(attacker);
    await flows.states().update({ userId: attacker }, { userId });
    await expect(flows.connections.complete(at, { userId })).rejects.toMatchObject({
      code: 'ciphertext_invalid',
    });
    expect(await host.rows.countBy({ userId })).toBe(0);
  });
});
