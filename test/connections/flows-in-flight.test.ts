/** What becomes of a flow whose user is forgotten, renamed or disconnected before its tokens are saved, or connects twice. */
import { expect, it } from 'vitest';
import type { TokenCipher } from '../../src';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { FlowWorld } from '../setup/flow-world';

const NAME = 'atlassian';

describeEachEngine('A flow in flight', (engine) => {
  const world = new FlowWorld(engine);

  it.each<[string, () => Promise<unknown>]>([
    ['whose user is forgotten', () => world.connections.forgetUser(world.userId)],
    ['whose user disconnects', () => world.connections.disconnect(world.userId, NAME)],
    ['whose user is renamed', () => world.connections.renameUser(world.userId, `${world.userId}-renamed`)],
    ['whose connection is renamed', () => world.connections.renameConnection(NAME, 'jira')],
  ])('%s during the exchange brings no tokens, and gives them back', async (_how, end) => {
    const { answer, completing } = await world.exchanging('late');
    await end();
    answer();
    await expect(completing).rejects.toMatchObject({
      code: 'state_unknown',
      connectionName: NAME,
      message: expect.stringMatching(/ended while the provider was asked.*were revoked/),
    });
    expect(await world.host.rows.countBy({ userId: world.userId })).toBe(0);
    expect(await world.flows()).toBe(0);
    expect(world.revoked()).toEqual(['rt-late']);
  });

  it("that is bound to a browser ends when its user is renamed: the id may be another person's", async () => {
    const { callback, browserBinding } = await world.begin(world.connections, { bindToBrowser: true });
    await world.connections.renameUser(world.userId, `${world.userId}-renamed`);
    expect(await codeOf(world.connections.complete(callback, { browserBinding }))).toBe('state_unknown');
    expect(world.endpoint.requests).toEqual([]);
  });

  it('ends for this account alone when the user disconnects it', async () => {
    const [own, work] = [await world.begin(), await world.begin(world.connections, { account: 'work' })];
    await world.connections.disconnect(world.userId, NAME);
    expect(await codeOf(world.connections.complete(own.callback, { userId: world.userId }))).toBe(
      'state_unknown',
    );
    world.endpoint.nextAnswer(200, world.tokens('work'));
    expect(await world.connections.complete(work.callback, { userId: world.userId })).toMatchObject({
      account: 'work',
    });
  });

  it('leaves no row behind when it fails', async () => {
    const { callback } = await world.begin();
    world.endpoint.nextAnswer(400, { error: 'invalid_grant' });
    expect(await codeOf(world.connections.complete(callback, { userId: world.userId }))).toBe(
      'authorization_failed',
    );
    expect(await world.flows()).toBe(0);
  });

  /** Encrypts like the host's cipher, but waits before the access token of one answer. */
  const stallingCipher = (name: string): { cipher: TokenCipher; stalled: Promise<() => void> } => {
    const { cipher } = world.host;
    let reached: (goOn: () => void) => void;
    const stalled = new Promise<() => void>((resolve) => (reached = resolve));
    const encrypt: TokenCipher['encrypt'] = async (text, place) => {
      if (text === `at-${name}`) await new Promise<void>((resolve) => reached(resolve));
      return cipher.encrypt(text, place);
    };
    const stalling: TokenCipher = {
      encrypt,
      decrypt: (text, place) => cipher.decrypt(text, place),
      isCurrent: (text) => cipher.isCurrent(text),
    };
    return { cipher: stalling, stalled };
  };

  it('that was exchanged before another one of the account gives its tokens back, however late it saves', async () => {
    const { cipher, stalled } = stallingCipher('first');
    const completing = world.connect('first', world.connectionsWith({ cipher }));
    const goOn = await stalled;
    await world.connectLater('second');
    goOn();
    expect(await completing).toMatchObject({
      userId: world.userId,
      scopes: ['openid', 'offline_access', 'read'],
    });
    expect(await world.served()).toBe('at-second');
    expect(world.revoked()).toEqual(['rt-first']);
    expect(await world.flows()).toBe(0);
  });

  it('that is exchanged while another one of the account is saved replaces its tokens, and gives those back', async () => {
    const [first, second] = [await world.exchanging('first'), await world.exchanging('second')];
    first.answer();
    await first.completing;
    world.clockMovesOn();
    second.answer();
    await second.completing;
    expect(await world.served()).toBe('at-second');
    expect(world.revoked()).toEqual(['rt-first']);
  });

  it.each(['saves first', 'saves last'])(
    'revokes nothing when the provider gives both the same tokens, and the first %s',
    async (when) => {
      if (when === 'saves first') {
        const [first, second] = [await world.exchanging('same'), await world.exchanging('same')];
        first.answer();
        await first.completing;
        second.answer();
        await second.completing;
      } else {
        const { cipher, stalled } = stallingCipher('same');
        const completing = world.connect('same', world.connectionsWith({ cipher }));
        const goOn = await stalled;
        await world.connect('same');
        goOn();
        await completing;
      }
      expect(await world.served()).toBe('at-same');
      expect(world.revoked()).toEqual([]);
    },
  );

  it('gives back no tokens that were imported meanwhile, which another program may use', async () => {
    const { answer, completing } = await world.exchanging('second');
    await world.connections.importTokens(world.userId, NAME, { accessToken: 'at-imported' });
    answer();
    await completing;
    expect(await world.served()).toBe('at-second');
    expect(world.revoked()).toEqual([]);
  });

  it('that was exchanged after another one of the account stays, although it saves first', async () => {
    const { cipher, stalled } = stallingCipher('first');
    const completing = world.connect('first', world.connectionsWith({ cipher }));
    const goOn = await stalled;
    await world.connectLater('second');
    await world.connectLater('third');
    goOn();
    await completing;
    expect(await world.served()).toBe('at-third');
  });

  it('replaces the grant that was there before it, whatever the clock of the database has said', async () => {
    await world.connect('first');
    await world.host.rows.update({ userId: world.userId }, { grantedAt: new Date(Date.now() + 3_600_000) });
    await world.connect('second');
    expect(await world.served()).toBe('at-second');
    expect(world.revoked()).toEqual([]);
  });

  it('does not say that tokens were revoked when no endpoint for that is known', async () => {
    const { answer, completing } = await world.exchanging(
      'late',
      world.connectionsWith({}, { revoke_url: undefined }),
    );
    await world.connections.forgetUser(world.userId);
    answer();
    await expect(completing).rejects.toMatchObject({
      code: 'state_unknown',
      message: expect.stringMatching(/No tokens of it are stored\. Let the user begin again/),
    });
  });
});
