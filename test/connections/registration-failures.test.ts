/** A process that registers a client while its database or the server fails: what is stored, and what is left behind. */
import { afterEach, expect, it, vi } from 'vitest';
import { RegistrationTable } from '../../src/connections/registrations/table';
import type { Statement } from '../../src/database/statement';
import { TableStatements } from '../../src/database/table-statements';
import { codeOf } from '../setup/code-of';
import { describeEachEngine } from '../setup/database';
import { McpWorld, clientOf } from '../setup/mcp-world';
import { shortenPauses } from '../setup/short-pauses';
import { answer } from '../setup/site';

const lost = new Error('the answer of the database was lost');

type Send<Result> = (this: unknown, one: Statement, doing: string) => Promise<Result>;

function original<Result>(name: keyof TableStatements) {
  return Reflect.get(TableStatements.prototype, name) as Send<Result>;
}

describeEachEngine('The process that registers a client', (engine) => {
  const world = McpWorld.forEachTest(engine);
  shortenPauses();
  afterEach(() => void vi.restoreAllMocks());

  it('says why it failed, also when the database fails to bring back the client that was there', async () => {
    await world.begin(world.connections());
    const register = world.auth.pages.get('/register') as object;
    world.auth.pages.set('/register', answer(503));
    const touchesUnlessTaken = original<boolean | 'taken'>('touchesUnlessTaken');
    const restoring = vi.spyOn(RegistrationTable.prototype, 'restore');
    const sending = vi
      .spyOn(TableStatements.prototype, 'touchesUnlessTaken')
      .mockImplementation(async function (this: never, one, doing) {
        if (restoring.mock.results.some(({ value }) => value === one)) throw lost;
        return touchesUnlessTaken.call(this, one, doing);
      });
    const wide = { scopes: ['b'] };
    expect(await codeOf(world.begin(world.connections(), 'ada', wide))).toBe('provider_unavailable');
    sending.mockRestore();
    world.auth.pages.set('/register', register);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-2');
  });

  /** @param fail in place of the first time that a client is stored; it may store it */
  const failOnce = (fail: (store: () => Promise<boolean>) => Promise<void>) => {
    const touches = original<boolean>('touches');
    const storing = vi.spyOn(RegistrationTable.prototype, 'store');
    let hasFailed = false;
    vi.spyOn(TableStatements.prototype, 'touches').mockImplementation(async function (
      this: never,
      one,
      doing,
    ) {
      const isStore = storing.mock.results.some(({ value }) => value === one);
      if (!isStore || hasFailed) return touches.call(this, one, doing);
      hasFailed = true;
      await fail(() => touches.call(this, one, doing));
      throw lost;
    });
  };

  it('has stored it, when only the answer to that was lost', async () => {
    failOnce(async (store) => void (await store()));
    const url = await world.begin(world.connections());
    expect([clientOf(url), world.registered]).toEqual(['registered-1', 1]);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
  });

  it('stores it again, when the database has failed before it did', async () => {
    failOnce(async () => undefined);
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
    expect(clientOf(await world.begin(world.connections()))).toBe('registered-1');
    expect(world.registered).toBe(1);
  });

  it('does not store it, when another one took over while the database failed', async () => {
    const other = world.connections();
    let second: URL | undefined;
    failOnce(async () => {
      await world.endLeases();
      second = await world.begin(other, 'ole');
    });
    const first = await world.begin(world.connections());
    expect([clientOf(first), second && clientOf(second)]).toEqual(['registered-2', 'registered-2']);
    expect(await world.clients.count()).toBe(1);
  });

  it('leaves no claim behind, when the answer to its claim was lost', async () => {
    const touchesUnlessTaken = original('touchesUnlessTaken');
    vi.spyOn(TableStatements.prototype, 'touchesUnlessTaken').mockImplementationOnce(async function (
      this: never,
      one,
      doing,
    ) {
      await touchesUnlessTaken.call(this, one, doing);
      throw lost;
    });
    await expect(world.begin(world.connections())).rejects.toThrow(lost.message);
    expect(await world.clients.count()).toBe(0);
  });
});
