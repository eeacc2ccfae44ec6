/** What becomes of a flow whose user is forgotten, renamed or disconnected before its tokens are saved, or connects twice. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { AuthorizeOptions, Connections, ConnectionsOptions, TokenCipher } from '../../src';
import { ConnectionOAuthState } from '../../src';
import { CommitFailure } from '../../src/database/failure';
import { interceptSteps, severalChanges } from '../setup/intercepted-steps';
import { codeOf } from '../setup/code-of';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { TokenEndpoint } from '../setup/token-endpoint';

const NAME = 'atlassian';
/** More than a lease lasts, and than a clock may be wrong. */
const A_MINUTE_MS = 60_000;
/** The clocks by which a process measures how long something takes. */
const clocks = { now: performance.now.bind(performance), uptime: process.uptime.bind(process) };

describeEachEngine('A flow in flight', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let endpoint: TokenEndpoint;
  let connections: Connections;
  let users = 0;
  let userId = '';
  let aheadMs = 0;
  beforeEach(async () => {
    endpoint = await TokenEndpoint.start();
    endpoint.otherwise = (response, { path }) =>
      void response.writeHead(path === '/revoke' ? 200 : 500).end();
    connections = connectionsWith();
    userId = `ada-${(users += 1)}`;
    aheadMs = 0;
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    await endpoint.stop();
  });

  const connectionsWith = (options: Partial<ConnectionsOptions> = {}, oauth = {}) =>
    host.connections(
      { publicUrl: 'https://api.example.test', ...options },
      host.config({ token_url: endpoint.url, revoke_url: `${endpoint.origin}/revoke`, ...oauth }),
    );
  const tokens = (name: string) => ({
    access_token: `at-${name}`,
    refresh_token: `rt-${name}`,
    token_type: 'Bearer',
    expires_in: 3600,
  });
  const begin = async (by: Connections = connections, options: AuthorizeOptions = {}) => {
    const { authorizationUrl, browserBinding } = await by.authorize(userId, NAME, options);
    const state = new URL(authorizationUrl).searchParams.get('state') ?? '';
    const callback = `/connections/${NAME}/callback?code=c&state=${state}`;
    return { callback, browserBinding: browserBinding ?? undefined };
  };
  /** A flow whose code was exchanged, and whose answer is on its way until `answer` is called. */
  const exchanging = async (name: string, by: Connections = connections) => {
    const { callback } = await begin(by);
    const asked = new Promise<() => void>((resolve) => {
      endpoint.next((response) =>
        resolve(() => {
          response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tokens(name)));
        }),
      );
    });
    const completing = by.complete(callback, { userId });
    completing.catch(() => undefined);
    return { answer: await asked, completing };
  };
  const connect = async (name: string, by: Connections = connections) => {
    const { callback } = await begin(by);
    endpoint.nextAnswer(200, tokens(name));
    return by.complete(callback, { userId });
  };
  /** So far that it is known which of two exchanges was the later one, and that a failed save is not tried again. */
  const clockMovesOn = () => {
    aheadMs += A_MINUTE_MS;
    vi.spyOn(performance, 'now').mockImplementation(() => clocks.now() + aheadMs);
    vi.spyOn(process, 'uptime').mockImplementation(() => clocks.uptime() + aheadMs / 1000);
  };
  /** A flow that is exchanged later than any before it. */
  const connectLater = async (name: string) => {
    const { answer, completing } = await exchanging(name);
    clockMovesOn();
    answer();
    await completing;
  };
  const served = async () => (await connectionsWith().getAccessToken(userId, NAME)).accessToken;
  const revoked = () =>
    endpoint.requests
      .filter(({ path }) => path === '/revoke')
      .map(({ body }) => new URLSearchParams(body).get('token'));
  const flows = () => host.dataSource.getRepository(ConnectionOAuthState).countBy({ userId });

  it.each<[string, () => Promise<unknown>]>([
    ['whose user is forgotten', () => connections.forgetUser(userId)],
    ['whose user disconnects', () => connections.disconnect(userId, NAME)],
    ['whose user is renamed', () => connections.renameUser(userId, `${userId}-renamed`)],
    ['whose connection is renamed', () => connections.renameConnection(NAME, 'jira')],
  ])('%s during the exchange brings no tokens, and gives them back', async (_how, end) => {
    const { answer, completing } = await exchanging('late');
    await end();
    answer();
    await expect(completing).rejects.toMatchObject({
      code: 'state_unknown',
      connectionName: NAME,
      message: expect.stringMatching(/ended while the provider was asked.*were revoked/),
    });
    expect(await host.rows.countBy({ userId })).toBe(0);
    expect(await flows()).toBe(0);
    expect(revoked()).toEqual(['rt-late']);
  });

  it("that is bound to a browser ends when its user is renamed: the id may be another person's", async () => {
    const { callback, browserBinding } = await begin(connections, { bindToBrowser: true });
    await connections.renameUser(userId, `${userId}-renamed`);
    expect(await codeOf(connections.complete(callback, { browserBinding }))).toBe('state_unknown');
    expect(endpoint.requests).toEqual([]);
  });

  it('ends for this account alone when the user disconnects it', async () => {
    const [own, work] = [await begin(), await begin(connections, { account: 'work' })];
    await connections.disconnect(userId, NAME);
    expect(await codeOf(connections.complete(own.callback, { userId }))).toBe('state_unknown');
    endpoint.nextAnswer(200, tokens('work'));
    expect(await connections.complete(work.callback, { userId })).toMatchObject({ account: 'work' });
  });

  it('leaves no row behind when it fails', async () => {
    const { callback } = await begin();
    endpoint.nextAnswer(400, { error: 'invalid_grant' });
    expect(await codeOf(connections.complete(callback, { userId }))).toBe('authorization_failed');
    expect(await flows()).toBe(0);
  });

  /** The next commit of several statements is carried out, but its answer is lost; `meanwhile` comes before the next try. */
  const loseAnswer = (meanwhile: () => Promise<unknown> = async () => undefined) => {
    interceptSteps(host.dataSource, severalChanges, async (carryOut, before) => {
      const executed = await carryOut();
      if (before > 0) return executed;
      await meanwhile();
      throw new CommitFailure(new Error('connection reset'));
    });
  };

  /** Encrypts like the host's cipher, but waits before the access token of one answer. */
  const stallingCipher = (name: string): { cipher: TokenCipher; stalled: Promise<() => void> } => {
    const { cipher } = host;
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
    const completing = connect('first', connectionsWith({ cipher }));
    const goOn = await stalled;
    await connectLater('second');
    goOn();
    expect(await completing).toMatchObject({ userId, scopes: ['openid', 'offline_access', 'read'] });
    expect(await served()).toBe('at-second');
    expect(revoked()).toEqual(['rt-first']);
    expect(await flows()).toBe(0);
  });

  it('that is exchanged while another one of the account is saved replaces its tokens, and gives those back', async () => {
    const [first, second] = [await exchanging('first'), await exchanging('second')];
    first.answer();
    await first.completing;
    clockMovesOn();
    second.answer();
    await second.completing;
    expect(await served()).toBe('at-second');
    expect(revoked()).toEqual(['rt-first']);
  });

  it.each(['saves first', 'saves last'])(
    'revokes nothing when the provider gives both the same tokens, and the first %s',
    async (when) => {
      if (when === 'saves first') {
        const [first, second] = [await exchanging('same'), await exchanging('same')];
        first.answer();
        await first.completing;
        second.answer();
        await second.completing;
      } else {
        const { cipher, stalled } = stallingCipher('same');
        const completing = connect('same', connectionsWith({ cipher }));
        const goOn = await stalled;
        await connect('same');
        goOn();
        await completing;
      }
      expect(await served()).toBe('at-same');
      expect(revoked()).toEqual([]);
    },
  );

  it('gives back what it replaced, although the answer of the database is lost', async () => {
    const [first, second] = [await exchanging('first'), await exchanging('second')];
    first.answer();
    await first.completing;
    clockMovesOn();
    loseAnswer();
    second.answer();
    await second.completing;
    expect(await served()).toBe('at-second');
    expect(revoked()).toEqual(['rt-first']);
  });

  it('gives back no tokens that were imported meanwhile, which another program may use', async () => {
    const { answer, completing } = await exchanging('second');
    await connections.importTokens(userId, NAME, { accessToken: 'at-imported' });
    answer();
    await completing;
    expect(await served()).toBe('at-second');
    expect(revoked()).toEqual([]);
  });

  it('that was exchanged after another one of the account stays, although it saves first', async () => {
    const { cipher, stalled } = stallingCipher('first');
    const completing = connect('first', connectionsWith({ cipher }));
    const goOn = await stalled;
    await connectLater('second');
    await connectLater('third');
    goOn();
    await completing;
    expect(await served()).toBe('at-third');
  });

  it('replaces the grant that was there before it, whatever the clock of the database has said', async () => {
    await connect('first');
    await host.rows.update({ userId }, { grantedAt: new Date(Date.now() + 3_600_000) });
    await connect('second');
    expect(await served()).toBe('at-second');
    expect(revoked()).toEqual([]);
  });

  it('is complete when the answer of the database is lost', async () => {
    loseAnswer();
    expect(await connect('one')).toMatchObject({ userId });
    expect(await served()).toBe('at-one');
    expect(revoked()).toEqual([]);
  });

  it('does not bring back tokens that were refreshed since the answer of the database was lost', async () => {
    loseAnswer(async () => {
      endpoint.nextAnswer(200, tokens('two'));
      await connections.getAccessToken(userId, NAME, { rejectedToken: 'at-one' });
    });
    expect(await connect('one')).toMatchObject({ userId });
    expect(await served()).toBe('at-two');
    expect(revoked()).toEqual([]);
  });

  it('does not bring back tokens that were disconnected since the answer of the database was lost', async () => {
    loseAnswer(() => connections.disconnect(userId, NAME));
    await expect(connect('one')).rejects.toMatchObject({ code: 'state_unknown' });
    expect(await host.rows.countBy({ userId })).toBe(0);
    // By the user's own wish, and not a second time.
    expect(revoked()).toEqual(['rt-one']);
  });

  it('is saved by another attempt when a commit was not carried out', async () => {
    const lost = new CommitFailure(new Error('connection reset'));
    interceptSteps(host.dataSource, severalChanges, async (carryOut, before) => {
      if (before > 0) return carryOut();
      throw lost;
    });
    expect(await connect('one')).toMatchObject({ userId });
    expect(await served()).toBe('at-one');
  });

  it('revokes nothing when it never learns whether the tokens were saved, and says so', async () => {
    const lost = new CommitFailure(new Error('connection reset'));
    interceptSteps(host.dataSource, severalChanges, () => {
      clockMovesOn();
      return Promise.reject(lost);
    });
    await expect(connect('one')).rejects.toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(/may have been stored, and may not/),
    });
    expect(revoked()).toEqual([]);
  });

  it('does not say that tokens were revoked when no endpoint for that is known', async () => {
    const { answer, completing } = await exchanging('late', connectionsWith({}, { revoke_url: undefined }));
    await connections.forgetUser(userId);
    answer();
    await expect(completing).rejects.toMatchObject({
      code: 'state_unknown',
      message: expect.stringMatching(/No tokens of it are stored\. Let the user begin again/),
    });
  });

  it('ends at once when the database will never take its tokens', async () => {
    const table = host.rows.metadata.tablePath;
    const hidden = table.replace(/[^.]+$/, 'hidden_tokens');
    const { answer, completing } = await exchanging('one');
    await host.dataSource.query(`ALTER TABLE ${table} RENAME TO ${host.renamedTo('hidden_tokens')}`);
    answer();
    // With the time-out of this test, an attempt each moment for half a minute would be too long.
    expect(await codeOf(completing)).toBe('tables_missing');
    await host.dataSource.query(
      `ALTER TABLE ${hidden} RENAME TO ${host.renamedTo('user_connection_tokens')}`,
    );
    expect(revoked()).toEqual(['rt-one']);
  });

  it.each(engine === 'sqlite' ? [] : [10])(
    'gives its tokens back when the pool of %i connections has none for them',
    { tags: ['long'] },
    async (size) => {
      const dataSource = await host.newDataSource();
      const by = host.connections(
        { publicUrl: 'https://api.example.test', lockTimeoutMs: 1_000 },
        host.config({ token_url: endpoint.url, revoke_url: `${endpoint.origin}/revoke` }),
        dataSource,
      );
      const { answer, completing } = await exchanging('one', by);
      const runners = Array.from({ length: size }, () => dataSource.createQueryRunner());
      await Promise.all(runners.map((runner) => runner.connect()));
      interceptSteps(dataSource, severalChanges, (carryOut) => carryOut().finally(clockMovesOn));
      answer();
      expect(await codeOf(completing)).toBe('database_busy');
      for (const runner of runners) await runner.release();
      expect(revoked()).toEqual(['rt-one']);
    },
  );

  it('gives its tokens back when the database refuses them for good', async () => {
    interceptSteps(host.dataSource, severalChanges, () => {
      clockMovesOn();
      return Promise.reject(new Error('disk full'));
    });
    await expect(connect('one')).rejects.toMatchObject({
      code: 'database_failed',
      message: expect.stringMatching(/disk full/),
    });
    expect(revoked()).toEqual(['rt-one']);
    expect(await flows()).toBe(0);
  });
});
