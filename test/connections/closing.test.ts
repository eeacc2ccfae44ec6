/** What a shutdown does to refreshes that are under way, or have not begun. */
import type { ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { TokenPages } from '../../src/tokens/token-pages';
import { codeOf } from '../setup/code-of';
import { describeAnyEngine } from '../setup/database';
import { Expiring, none, tokens } from '../setup/expiring';

describeAnyEngine('close()', (engine) => {
  const world = new Expiring(engine);
  /** Answers are held back until `answer` is called. */
  const hold = (most: number) => {
    const held: ServerResponse[] = [];
    const full = new Promise<void>((resolve) => {
      world.answers.set('main', (response) => {
        held.push(response);
        if (held.length === most) resolve();
      });
    });
    const answer = () => {
      world.answers.delete('main');
      for (const response of held) tokens(response);
    };
    return { full, answer };
  };

  it.each([2, 100])(
    'ends a refreshExpiring of %i tokens with the tokens that are on their way',
    async (count) => {
      const dataSource = await world.host.newDataSource();
      const connections = world.connections(['main'], {}, dataSource);
      await world.users(connections, 'main', count);
      const begun = Math.min(count, 3);
      const { full, answer } = hold(begun);
      let isOver = false;
      const running = connections.refreshExpiring({ concurrency: 3 }).finally(() => (isOver = true));
      await full;
      const reads = vi.spyOn(TokenPages.prototype, 'due');
      const closing = connections.close().then(() => {
        expect(isOver).toBe(true);
        return dataSource.destroy();
      });
      answer();
      await closing;
      expect(reads).not.toHaveBeenCalled();
      expect(await running).toEqual({ ...none, refreshed: begun });
      expect((await world.host.rows.find()).filter(({ generation }) => generation === 2)).toHaveLength(begun);
    },
  );

  it('sends nothing for callers who have waited for others until then', async () => {
    const connections = world.connections(['main']);
    const users = await world.users(connections, 'main', 80);
    // Or some more would be let in every moment.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { full, answer } = hold(1);
    const work = users.map((userId) => codeOf(connections.getAccessToken(userId, 'main')));
    await full;
    const closing = connections.close();
    answer();
    const codes = await Promise.all(work);
    await closing;
    const closed = codes.filter((code) => code === 'connections_closed');
    expect(closed.length).toBeGreaterThan(0);
    expect(world.asked('main')).toBe(users.length - closed.length);
  });
});
