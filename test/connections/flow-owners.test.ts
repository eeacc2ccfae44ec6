/** Who can end an authorization flow: its user in its browser, once, and nobody who has only a part of what that takes. */
import { expect, it } from 'vitest';
import { describeEachEngine } from '../setup/database';
import { UserFlows } from '../setup/user-flows';

describeEachEngine('The authorization flow', (engine) => {
  const flows = new UserFlows(engine);
  const { host } = flows;

  it('refuses a replay, another user, another browser and an old one, who take nothing from its owner', async () => {
    const userId = flows.newUser();
    const unknown = { code: 'state_unknown' };
    const at = await flows.callback(userId);
    await expect(flows.connections.complete(at, { userId: 'somebody-else' })).rejects.toMatchObject(unknown);
    await expect(flows.connections.complete(at, { userId: userId.toUpperCase() })).rejects.toMatchObject(
      unknown,
    );
    await expect(flows.connections.complete(at, {})).rejects.toMatchObject({ code: 'option_invalid' });
    await expect(flows.connections.complete(at, { browserBinding: 'guess' })).rejects.toMatchObject(unknown);
    await flows.connections.complete(at, { userId });
    await expect(flows.connections.complete(at, { userId })).rejects.toMatchObject(unknown);

    const bound = await flows.connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const boundAt = await host.server.visit(bound.authorizationUrl);
    await expect(flows.connections.complete(boundAt, { userId })).rejects.toMatchObject(unknown);
    await expect(flows.connections.complete(boundAt, { browserBinding: 'guess' })).rejects.toMatchObject(
      unknown,
    );
    const mine = { browserBinding: bound.browserBinding ?? '' };
    await expect(flows.connections.complete(boundAt, { ...mine, userId: 'other' })).rejects.toMatchObject(
      unknown,
    );
    expect(await flows.connections.complete(boundAt, mine)).toMatchObject({ userId });

    const old = await flows.callback(userId);
    await flows.states().update({ userId }, { expiresAt: new Date(Date.now() - 1000) });
    await expect(flows.connections.complete(old, { userId })).rejects.toMatchObject(unknown);
  });

  it('lets two flows of one browser end in any order, with one cookie', async () => {
    const userId = flows.newUser();
    const first = await flows.connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const browserBinding = first.browserBinding ?? '';
    const second = await flows.connections.authorize(userId, 'atlassian', {
      browserBinding,
      account: 'second',
    });
    expect(second.browserBinding).toBe(browserBinding);
    const rows = await flows.states().findBy({ userId });
    expect(new Set(rows.map((row) => row.browserBinding)).size).toBe(2);
    for (const { authorizationUrl } of [second, first]) {
      const at = await host.server.visit(authorizationUrl);
      expect(await flows.connections.complete(at, { browserBinding })).toMatchObject({ userId });
    }
  });

  it('refuses the cookie of another browser, and what the table holds of the right one', async () => {
    const userId = flows.newUser();
    const mine = await flows.connections.authorize(userId, 'atlassian', { bindToBrowser: true });
    const other = await flows.connections.authorize(flows.newUser(), 'atlassian', { bindToBrowser: true });
    const at = await host.server.visit(mine.authorizationUrl);
    const [row] = await flows.states().findBy({ userId });
    const unknown = { code: 'state_unknown' };
    for (const browserBinding of [other.browserBinding, row?.browserBinding, undefined, 'guess', '']) {
      const given = { browserBinding: browserBinding ?? undefined };
      await expect(flows.connections.complete(at, given)).rejects.toMatchObject(unknown);
      await expect(flows.connections.complete(at, { ...given, userId })).rejects.toMatchObject(unknown);
    }
    const right = { browserBinding: mine.browserBinding ?? '' };
    expect(await flows.connections.complete(at, right)).toMatchObject({ userId });
  });

  it('gives a browser whose cookie is not of our making a new one', async () => {
    const userId = flows.newUser();
    for (const browserBinding of ['guessable', '', 'x'.repeat(44), `${'x'.repeat(42)}.`]) {
      const begun = await flows.connections.authorize(userId, 'atlassian', {
        bindToBrowser: true,
        browserBinding,
      });
      expect(begun.browserBinding).toMatch(/^[\w-]{43}$/);
      expect(begun.browserBinding).not.toBe(browserBinding);
    }
  });
});
