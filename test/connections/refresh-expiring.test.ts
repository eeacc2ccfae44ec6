/** Many tokens that expire: whose turn it is, what one provider's trouble means for others, and what is said of it. */
import type { ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { Connections } from '../../src/connections/connections';
import type { ConnectionsOptions } from '../../src/connections/options';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { recordingLogger } from '../setup/recording-logger';
import { TokenEndpoint } from '../setup/token-endpoint';

describeEachEngine('refreshExpiring', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  const opened: Connections[] = [];
  let host: ConnectedHost;
  let endpoint: TokenEndpoint;
  /** How each connection is answered; by default with tokens. */
  const answers = new Map<string, (response: ServerResponse) => void>();
  beforeAll(async () => {
    host = await ConnectedHost.open(engine, (cleanUp) => cleanUps.push(cleanUp));
  });
  beforeEach(async () => {
    await host.rows.clear();
    endpoint = await TokenEndpoint.start();
    endpoint.otherwise = (response, { path }) => (answers.get(path.slice(1)) ?? tokens)(response);
  });
  afterEach(async () => {
    vi.useRealTimers();
    answers.clear();
    for (const connections of opened.splice(0)) await connections.close();
    await endpoint.stop();
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const send = (response: ServerResponse, status: number, body: object) =>
    void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  const tokens = (response: ServerResponse) =>
    send(response, 200, {
      access_token: 'new',
      refresh_token: 'next',
      token_type: 'Bearer',
      expires_in: 3600,
    });
  const outOfOrder = (response: ServerResponse) => send(response, 503, {});

  const connectionsFor = (names: readonly string[], options: Partial<ConnectionsOptions> = {}) => {
    const declared = names.map((name) => {
      const oauth_config = {
        client_id: 'c',
        client_secret: 's',
        authorize_url: `${endpoint.origin}/authorize`,
        token_url: `${endpoint.origin}/${name}`,
      };
      return [name, entry({ oauth_config })];
    });
    const { dataSource, cipher } = host;
    const registry = host.registry(declaration(Object.fromEntries(declared)));
    const connections = new Connections({ dataSource, registry }, { cipher, ...options });
    opened.push(connections);
    return connections;
  };
  /** So many users of a connection, whose tokens have expired that long ago. */
  const expired = async (connections: Connections, name: string, count: number, agoMs = 1_000) => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    for (let index = 0; index < count; index += 1) {
      await connections.importTokens(`${name}-${index}`, name, {
        accessToken: 'at',
        refreshToken: 'rt',
        expiresAt,
      });
    }
    await host.rows.update(
      { connectionName: name },
      { expiresAt: new Date(Date.now() - agoMs), updatedAt: new Date(Date.now() - HOUR_MS) },
    );
  };
  const asked = (name: string) => endpoint.requests.filter(({ path }) => path === `/${name}`).length;
  const none = { refreshed: 0, skipped: 0, failed: 0, reauthorizationRequired: 0 };

  it('asks about as many tokens as its limit says, whatever comes before them', async () => {
    await expired(connectionsFor(['orphan']), 'orphan', 12, HOUR_MS);
    const connections = connectionsFor(['main']);
    await expired(connections, 'main', 5);
    expect(await connections.refreshExpiring({ limit: 4 })).toEqual({ ...none, refreshed: 4 });
    expect(await connections.refreshExpiring({ limit: 4 })).toEqual({ ...none, refreshed: 1 });
    expect([asked('orphan'), asked('main')]).toEqual([0, 5]);
  });

  it('reads on when a window is done', async () => {
    const connections = connectionsFor(['main']);
    await expired(connections, 'main', 70);
    expect(await connections.refreshExpiring({ concurrency: 2 })).toEqual({ ...none, refreshed: 70 });
    expect(asked('main')).toBe(70);
  });

  it('passes over tokens of another client, however many windows they fill', async () => {
    const connections = connectionsFor(['main']);
    await expired(connections, 'main', 66, HOUR_MS);
    const { configFingerprint } = await host.row('main-7');
    const ofAnother = `${configFingerprint?.slice(0, 32)}${'0'.repeat(32)}`;
    await host.rows.update({ connectionName: 'main' }, { configFingerprint: ofAnother });
    await host.rows.update(
      { userId: 'main-7' },
      { configFingerprint, expiresAt: new Date(Date.now() - 1_000) },
    );
    const report = await connections.refreshExpiring({ concurrency: 1, limit: 1 });
    expect(report).toEqual({ ...none, refreshed: 1, skipped: 65 });
  });

  it('leaves out a provider that is out of order, says so once, and asks it with one token later', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const logger = recordingLogger();
    const connections = connectionsFor(['dead', 'main'], { logger });
    await expired(connections, 'dead', 9, HOUR_MS);
    await expired(connections, 'main', 6);
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
    expect([asked('dead'), asked('main')]).toEqual([3 + 1 + 9, 6]);
  });

  it('gives a provider that does not answer a few requests, and the others all the rest', async () => {
    const connections = connectionsFor(['slow', 'main']);
    await expired(connections, 'slow', 10, HOUR_MS);
    await expired(connections, 'main', 20);
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
    const connections = connectionsFor(['main'], { logger: recordingLogger() });
    await expired(connections, 'main', 24);
    let count = 0;
    answers.set('main', (response) => {
      count += 1;
      if (count % 3 === 0) send(response, 400, { error: 'invalid_request' });
      else if (count % 3 === 1) send(response, 400, { error: 'invalid_grant' });
      else tokens(response);
    });
    expect(await connections.refreshExpiring()).toEqual({
      ...none,
      refreshed: 8,
      failed: 8,
      reauthorizationRequired: 8,
    });
  });

  it('says once for each connection that users have to connect again', async () => {
    const logger = recordingLogger();
    const connections = connectionsFor(['main'], { logger });
    await expired(connections, 'main', 5);
    answers.set('main', (response) => send(response, 400, { error: 'invalid_grant' }));
    const ended: string[] = [];
    connections.on('reauthorization_required', ({ userId }) => ended.push(userId));
    expect(await connections.refreshExpiring()).toEqual({ ...none, reauthorizationRequired: 5 });
    expect(ended).toHaveLength(5);
    expect(logger.lines).toEqual([
      expect.stringMatching(/^warn: Accounts of connection "main" that have to be connected again: 5\. /),
    ]);
  });

  it('has no more requests at a time than it is told, and begins none after its signal', async () => {
    const connections = connectionsFor(['main']);
    await expired(connections, 'main', 12);
    const held: ServerResponse[] = [];
    const stop = new AbortController();
    const full = new Promise<void>((resolve) => {
      answers.set('main', (response) => {
        held.push(response);
        if (held.length === 2) resolve();
      });
    });
    const running = connections.refreshExpiring({ concurrency: 2, signal: stop.signal });
    await full;
    stop.abort();
    for (const response of held) tokens(response);
    expect(await running).toEqual({ ...none, refreshed: 2 });
    expect(asked('main')).toBe(2);
  });

  it('waits for no token that a caller is refreshing', async () => {
    const connections = connectionsFor(['main']);
    await expired(connections, 'main', 1);
    const answering = new Promise<ServerResponse>((resolve) => answers.set('main', resolve));
    const calling = connections.getAccessToken('main-0', 'main');
    const response = await answering;
    expect(await connections.refreshExpiring()).toEqual(none);
    tokens(response);
    expect((await calling).accessToken).toBe('new');
  });
});
