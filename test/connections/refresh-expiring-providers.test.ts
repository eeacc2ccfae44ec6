/** What one provider's trouble means for the tokens of others and for its own, and what is said of it. */
import type { ServerResponse } from 'node:http';
import { expect, it, vi } from 'vitest';
import { HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { Expiring, none, outOfOrder, send, tokens } from '../setup/expiring';
import { recordingLogger } from '../setup/recording-logger';

describeEachEngine('refreshExpiring', (engine) => {
  const world = new Expiring(engine);
  const { answers } = world;

  it('leaves out a provider that is out of order, says so once, and asks it with one token later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const logger = recordingLogger();
    const connections = world.connections(['dead', 'main'], { logger });
    await world.users(connections, 'dead', 9, HOUR_MS);
    await world.users(connections, 'main', 6);
    answers.set('dead', outOfOrder);
    const failures: string[] = [];
    connections.on('refresh_failed', ({ connectionName }) => failures.push(connectionName));
    expect(await connections.refreshExpiring({ limit: 9 })).toEqual({ ...none, refreshed: 6, failed: 3 });
    expect(failures).toEqual(['dead', 'dead', 'dead']);
    expect(logger.lines.filter((line) => line.includes('"dead"'))).toEqual([
      expect.stringMatching(
        /^warn: Tokens of connection "dead" that were not refreshed: 3\. .* did not answer/,
      ),
    ]);
    expect(await connections.refreshExpiring()).toEqual(none);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await connections.refreshExpiring()).toEqual({ ...none, failed: 1 });
    answers.delete('dead');
    vi.setSystemTime(Date.now() + 61_000);
    expect(await connections.refreshExpiring()).toEqual({ ...none, refreshed: 9 });
    expect([world.asked('dead'), world.asked('main')]).toEqual([3 + 1 + 9, 6]);
  });

  it('gives a provider that does not answer a few requests, and the others all the rest', async () => {
    const connections = world.connections(['slow', 'main']);
    await world.users(connections, 'slow', 10, HOUR_MS);
    await world.users(connections, 'main', 20);
    const held: ServerResponse[] = [];
    answers.set('slow', (response) => held.push(response));
    let refreshed = 0;
    const allOthers = new Promise<void>((resolve) => {
      connections.on('refreshed', () => {
        refreshed += 1;
        if (refreshed === 20) resolve();
      });
    });
    const running = connections.refreshExpiring();
    await allOthers;
    expect(held).toHaveLength(3);
    answers.set('slow', outOfOrder);
    for (const response of held) outOfOrder(response);
    expect(await running).toEqual({ ...none, refreshed: 20, failed: 3 });
  });

  it('goes on with a provider that refuses some tokens and takes others', async () => {
    const connections = world.connections(['main'], { logger: recordingLogger() });
    await world.users(connections, 'main', 12);
    let count = 0;
    answers.set('main', (response) => {
      count += 1;
      if (count % 3 === 0) send(response, 400, { error: 'invalid_request' });
      else if (count % 3 === 1) send(response, 400, { error: 'invalid_grant' });
      else tokens(response);
    });
    expect(await connections.refreshExpiring()).toEqual({
      ...none,
      refreshed: 4,
      failed: 4,
      reauthorizationRequired: 4,
    });
  });

  it('says once for each connection that users have to connect again', async () => {
    const logger = recordingLogger();
    const connections = world.connections(['main'], { logger });
    await world.users(connections, 'main', 5);
    answers.set('main', (response) => send(response, 400, { error: 'invalid_grant' }));
    const ended: string[] = [];
    connections.on('reauthorization_required', ({ userId }) => ended.push(userId));
    expect(await connections.refreshExpiring()).toEqual({ ...none, reauthorizationRequired: 5 });
    expect(ended).toHaveLength(5);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Accounts of connection "main" that have to be connected again: 5\. /),
    ]);
  });
});
