/** What becomes of the tokens of a flow when the database fails to save them, or its answer is lost. */
import { expect, it } from 'vitest';
import { CommitFailure } from '../../src/database/failure';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { FlowWorld } from '../setup/flow-world';
import { interceptSteps, severalChanges } from '../setup/intercepted-steps';
import { shortenPauses } from '../setup/short-pauses';

const NAME = 'atlassian';

describeEachEngine('A flow whose tokens are being saved', (engine) => {
  const world = new FlowWorld(engine);
  shortenPauses();

  /** The next commit of several statements is carried out, but its answer is lost; `meanwhile` comes before the next try. */
  const loseAnswer = (meanwhile: () => Promise<unknown> = async () => undefined) => {
    interceptSteps(world.host.dataSource, severalChanges, async (carryOut, before) => {
      const executed = await carryOut();
      if (before > 0) return executed;
      await meanwhile();
      throw new CommitFailure(new Error('connection reset'));
    });
  };

  it('gives back what it replaced, although the answer of the database is lost', async () => {
    const [first, second] = [await world.exchanging('first'), await world.exchanging('second')];
    first.answer();
    await first.completing;
    world.clockMovesOn();
    loseAnswer();
    second.answer();
    await second.completing;
    expect(await world.served()).toBe('at-second');
    expect(world.revoked()).toEqual(['rt-first']);
  });

  it('is complete when the answer of the database is lost', async () => {
    loseAnswer();
    expect(await world.connect('one')).toMatchObject({ userId: world.userId });
    expect(await world.served()).toBe('at-one');
    expect(world.revoked()).toEqual([]);
  });

  it('does not bring back tokens that were refreshed since the answer of the database was lost', async () => {
    loseAnswer(async () => {
      world.endpoint.nextAnswer(200, world.tokens('two'));
      await world.connections.getAccessToken(world.userId, NAME, { rejectedToken: 'at-one' });
    });
    expect(await world.connect('one')).toMatchObject({ userId: world.userId });
    expect(await world.served()).toBe('at-two');
    expect(world.revoked()).toEqual([]);
  });

  it('does not bring back tokens that were disconnected since the answer of the database was lost', async () => {
    loseAnswer(() => world.connections.disconnect(world.userId, NAME));
    await expect(world.connect('one')).rejects.toMatchObject({ code: 'state_unknown' });
    expect(await world.host.rows.countBy({ userId: world.userId })).toBe(0);
    // By the user's own wish, and not a second time.
    expect(world.revoked()).toEqual(['rt-one']);
  });

  it('is saved by another attempt when a commit was not carried out', async () => {
    const lost = new CommitFailure(new Error('connection reset'));
    interceptSteps(world.host.dataSource, severalChanges, async (carryOut, before) => {
      if (before > 0) return carryOut();
      throw lost;
    });
    expect(await world.connect('one')).toMatchObject({ userId: world.userId });
    expect(await world.served()).toBe('at-one');
  });

  it('revokes nothing when it never learns whether the tokens were saved, and says so', async () => {
    const lost = new CommitFailure(new Error('connection reset'));
    interceptSteps(world.host.dataSource, severalChanges, () => {
      world.clockMovesOn();
      return Promise.reject(lost);
    });
    await expect(world.connect('one')).rejects.toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(/may have been stored, and may not/),
    });
    expect(world.revoked()).toEqual([]);
  });

  it('ends at once when the database will never take its tokens', async () => {
    const { answer, completing } = await world.exchanging('one');
    const show = await world.host.hideTokens();
    let attempts = 0;
    interceptSteps(world.host.dataSource, severalChanges, (carryOut) => {
      attempts += 1;
      return carryOut();
    });
    answer();
    expect(await codeOf(completing)).toBe('tables_missing');
    expect(attempts).toBe(1);
    await show();
    expect(world.revoked()).toEqual(['rt-one']);
  });

  it.each(engine === 'sqlite' ? [] : [10])(
    'gives its tokens back when the pool of %i connections has none for them',
    { tags: ['long'] },
    async (size) => {
      const dataSource = await world.host.newDataSource();
      const by = world.connectionsWith({ lockTimeoutMs: 1_000 }, {}, dataSource);
      const { answer, completing } = await world.exchanging('one', by);
      const runners = Array.from({ length: size }, () => dataSource.createQueryRunner());
      await Promise.all(runners.map((runner) => runner.connect()));
      interceptSteps(dataSource, severalChanges, (carryOut) =>
        carryOut().finally(() => world.clockMovesOn()),
      );
      answer();
      expect(await codeOf(completing)).toBe('database_busy');
      for (const runner of runners) await runner.release();
      expect(world.revoked()).toEqual(['rt-one']);
    },
  );

  it('gives its tokens back when the database refuses them for good', async () => {
    interceptSteps(world.host.dataSource, severalChanges, () => {
      world.clockMovesOn();
      return Promise.reject(new Error('disk full'));
    });
    await expect(world.connect('one')).rejects.toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(/disk full/),
    });
    expect(world.revoked()).toEqual(['rt-one']);
    expect(await world.flows()).toBe(0);
  });
});
