/** A host moves from another system: what is stored, kept and refused of many accounts, and what a second run does. */
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Connections } from '../../src';
import type { ImportEntry, ImportProgress } from '../../src/connections/accounts/import-entries';
import { CommitFailure } from '../../src/database/failure';
import type { Step } from '../../src/database/statement';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { interceptSteps } from '../setup/intercepted-steps';

describeEachEngine('An import of many accounts', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });
  beforeEach(() => host.rows.deleteAll());

  const entryOf = (userId: string, changes: Partial<ImportEntry> = {}): ImportEntry => ({
    userId,
    connectionName: 'atlassian',
    accessToken: `at-${userId}`,
    ...changes,
  });
  const entriesOf = (count: number): ImportEntry[] =>
    Array.from({ length: count }, (_, index) => entryOf(`user-${index}`));
  const tokenOf = async (userId: string, account?: string) =>
    (await connections.getAccessToken(userId, 'atlassian', { account })).accessToken;
  const insertsMany = ([one]: readonly Step[]): boolean => one?.sql.startsWith('INSERT') === true;

  it('stores everything that an entry says, as an import of one does', async () => {
    const expiresAt = new Date(Date.now() + HOUR_MS);
    const given = {
      accessToken: 'at "quoted" \\',
      refreshToken: 'rt',
      expiresAt,
      scopes: ['read'],
      tokenType: 'bearer',
      providerMetadata: { team: 'it\'s "Zoë\'s" \\ 🙂' },
    };
    await connections.importTokens('one', 'atlassian', given, { account: 'work' });
    const report = await connections.importAll([
      { userId: 'many', connectionName: 'atlassian', account: 'work', ...given },
      entryOf('plain'),
    ]);
    expect(report).toEqual({ stored: 2, kept: 0, failed: 0, failures: [] });
    const [one, many] = [await host.row('one'), await host.row('many')];
    const own = {
      id: expect.any(String),
      userId: 'many',
      accessTokenEncrypted: expect.any(String),
      refreshTokenEncrypted: expect.any(String),
      grantId: expect.any(String),
      createdAt: expect.any(Date),
      updatedAt: expect.any(Date),
    };
    expect({ ...(many as object) }).toEqual({ ...(one as object), ...own });
    expect(many.grantId).not.toBe(one.grantId);
    expect(await tokenOf('many', 'work')).toBe(given.accessToken);
    expect(await host.row('plain')).toMatchObject({ refreshTokenEncrypted: null, expiresAt: null });
  });

  it('keeps what is there already, so that it may run twice', async () => {
    const entries = entriesOf(450);
    const half = entries.slice(0, 230).map(({ userId }) => entryOf(userId, { accessToken: 'before' }));
    expect(await connections.importAll(half)).toMatchObject({ stored: 230, kept: 0 });
    expect(await connections.importAll(entries)).toEqual({ stored: 220, kept: 230, failed: 0, failures: [] });
    expect(await connections.importAll(entries)).toEqual({ stored: 0, kept: 450, failed: 0, failures: [] });
    expect([await tokenOf('user-229'), await tokenOf('user-230')]).toEqual(['before', 'at-user-230']);
  });

  it('replaces what was saved here before the other system saved its own, and nothing later', async () => {
    await connections.importAll(entriesOf(2));
    const { updatedAt } = await host.row('user-0');
    const later = new Date(updatedAt.getTime() + 1);
    const report = await connections.importAll([
      entryOf('user-0', { accessToken: 'new', replaceSavedBefore: updatedAt }),
      entryOf('user-1', { accessToken: 'new', replaceSavedBefore: new Date(later.getTime() + 60_000) }),
    ]);
    expect(report).toMatchObject({ stored: 1, kept: 1 });
    expect([await tokenOf('user-0'), await tokenOf('user-1')]).toEqual(['at-user-0', 'new']);
    expect(await host.row('user-1')).toMatchObject({ generation: 2 });
  });

  it('stores the first of two entries for one account, and the second only if it may replace it', async () => {
    const again = { accessToken: 'again' };
    const report = await connections.importAll([
      entryOf('ada'),
      entryOf('eve'),
      entryOf('ada', again),
      entryOf('eve', { ...again, replaceSavedBefore: new Date('2100-01-01') }),
      entryOf('Ada', again),
      entryOf('ada', { account: 'work' }),
    ]);
    expect(report).toEqual({ stored: 5, kept: 1, failed: 0, failures: [] });
    expect([await tokenOf('ada'), await tokenOf('eve'), await tokenOf('Ada')]).toEqual([
      'at-ada',
      'again',
      'again',
    ]);
  });

  it('counts entries that cannot be stored, lists whose they are and why, and stores the others', async () => {
    const wrong: [unknown, string][] = [
      [null, 'account_invalid'],
      [entryOf('', {}), 'account_invalid'],
      [entryOf('x', { connectionName: 'atlasian' }), 'connection_unknown'],
      [entryOf('x', { accessToken: '' }), 'tokens_invalid'],
      [entryOf('x', { accessToken: 'a'.repeat(40_001) }), 'tokens_invalid'],
      [{ ...entryOf('x'), refresh_token: 'secret-1' }, 'tokens_invalid'],
      [entryOf('x', { tokenType: 'mac' }), 'tokens_invalid'],
      [entryOf('x', { replaceSavedBefore: 'yesterday' as never }), 'option_invalid'],
    ];
    const entries = wrong.flatMap(([entry], index) => [entry, entryOf(`sound-${index}`)]) as ImportEntry[];
    const report = await connections.importAll(entries);
    const failures = wrong.map(([, code], index) => ({ position: 2 * index, code }));
    expect(report).toMatchObject({ stored: wrong.length, kept: 0, failed: wrong.length, failures });
    expect(report.failures[0]).not.toHaveProperty('userId');
    expect(report.failures[5]).toEqual({
      position: 10,
      userId: 'x',
      connectionName: 'atlassian',
      code: 'tokens_invalid',
      message: expect.stringContaining('"refresh_token". Did you mean `refreshToken`?'),
    });
    expect(JSON.stringify(report)).not.toContain('secret');
    expect(await host.rows.count()).toBe(wrong.length);
  });

  it('lists a thousand of those that failed, and counts all', async () => {
    const entries = Array.from({ length: 1203 }, () => entryOf('x', { accessToken: '' }));
    const { failed, failures, stored } = await connections.importAll(entries);
    expect([failed, failures.length, failures.at(-1)?.position, stored]).toEqual([1203, 1000, 999, 0]);
  });

  it('pulls entries as it writes them, and says how far it is', async () => {
    let pulled = 0;
    const source = async function* () {
      for (const entry of entriesOf(250)) {
        pulled += 1;
        yield entry;
      }
      yield entryOf('x', { accessToken: '' });
    };
    const told: (ImportProgress & { pulled: number })[] = [];
    await connections.importAll(source(), {
      onProgress: (progress) => told.push({ ...progress, pulled }),
    });
    expect(told).toEqual([
      { read: 100, stored: 100, kept: 0, failed: 0, pulled: 100 },
      { read: 200, stored: 200, kept: 0, failed: 0, pulled: 200 },
      { read: 251, stored: 250, kept: 0, failed: 1, pulled: 250 },
    ]);
  });

  it('stops when its signal is aborted, and ends what it pulls from', async () => {
    const stop = new AbortController();
    let isEnded = false;
    const source = function* () {
      try {
        yield* entriesOf(500);
      } finally {
        isEnded = true;
      }
    };
    const importing = connections.importAll(source(), {
      signal: stop.signal,
      onProgress: ({ read }) => read === 200 && stop.abort(new Error('enough')),
    });
    await expect(importing).rejects.toThrow('enough');
    expect([isEnded, await host.rows.count()]).toEqual([true, 200]);
  });

  it('ends with what its source or its listener throws', async () => {
    const failing = function* () {
      yield* entriesOf(3);
      throw new Error('the source failed');
    };
    await expect(connections.importAll(failing())).rejects.toThrow('the source failed');
    const onProgress = () => {
      throw new Error('the listener failed');
    };
    await expect(connections.importAll(entriesOf(3), { onProgress })).rejects.toThrow('the listener failed');
  });

  it('stores what it has pulled before its source fails, since nobody else may have it', async () => {
    const failing = async function* () {
      yield* entriesOf(130);
      throw new Error('the source failed');
    };
    await expect(connections.importAll(failing())).rejects.toThrow('the source failed');
    expect(await host.rows.count()).toBe(130);
  });

  it('waits for its listener, and ends with what that rejects with', async () => {
    const onProgress = () => Promise.reject(new Error('the listener failed'));
    await expect(connections.importAll(entriesOf(3), { onProgress })).rejects.toThrow('the listener failed');
  });

  it('hears its signal while the next entry never comes, and before the first', async () => {
    const stop = new AbortController();
    let isTold = false;
    const source: AsyncIterable<ImportEntry> = {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          setImmediate(() => stop.abort(new Error('enough')));
          return new Promise(() => undefined);
        },
        return: async () => {
          isTold = true;
          return { done: true, value: undefined };
        },
      }),
    };
    await expect(connections.importAll(source, { signal: stop.signal })).rejects.toThrow('enough');
    expect(isTold).toBe(true);
    await expect(connections.importAll([], { signal: stop.signal })).rejects.toThrow('enough');
  });

  it('encrypts only what may be stored', async () => {
    const encrypt = vi.spyOn(host.cipher, 'encrypt');
    const entries = entriesOf(20);
    await connections.importAll(entries);
    expect(encrypt).toHaveBeenCalledTimes(20);
    expect(await connections.importAll(entries)).toMatchObject({ kept: 20 });
    expect(encrypt).toHaveBeenCalledTimes(20);
    encrypt.mockRestore();
  });

  it('takes part in a race with other imports: each account is stored once', async () => {
    const replicas = [connections, await host.replica(), await host.replica()];
    const entries = entriesOf(300);
    const reports = await Promise.all(replicas.map((replica) => replica.importAll(entries)));
    const sum = (name: 'stored' | 'kept') => reports.reduce((total, report) => total + report[name], 0);
    expect([sum('stored'), sum('kept'), await host.rows.count()]).toEqual([300, 600, 300]);
  });

  it('counts what was stored although the answer of the database was lost', async () => {
    const losing = interceptSteps(host.dataSource, insertsMany, async (carryOut, before) => {
      const executed = await carryOut();
      if (before > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    const report = await connections.importAll(entriesOf(20));
    losing.mockRestore();
    expect(report).toEqual({ stored: 20, kept: 0, failed: 0, failures: [] });
    expect(await host.rows.find({ select: { generation: true } })).toEqual(
      Array.from({ length: 20 }, () => ({ generation: 1 })),
    );
  });

  it('ends where the database fails, and goes on when it runs again', async () => {
    const failing = interceptSteps(host.dataSource, insertsMany, (carryOut, before) =>
      before === 0 ? carryOut() : Promise.reject(new Error('refused')),
    );
    await expect(connections.importAll(entriesOf(200))).rejects.toMatchObject({ code: 'database_failed' });
    failing.mockRestore();
    expect(await connections.importAll(entriesOf(200))).toMatchObject({ stored: 100, kept: 100 });
  });

  it('lists what a constraint of the host refuses, and stores the others', async () => {
    await host.dataSource.query(refusing[engine](host.rows.metadata.tablePath));
    try {
      const report = await connections.importAll([entryOf('a'), entryOf('refused'), entryOf('b')]);
      const failures = [{ position: 1, code: 'database_failed' }];
      expect(report).toMatchObject({ stored: 2, kept: 0, failed: 1, failures });
    } finally {
      await host.dataSource.query(allowing[engine](host.rows.metadata.tablePath));
    }
  });

  it('divides tokens that are long, so that no statement is longer than a server takes', async () => {
    const refreshToken = 'r'.repeat(40_000);
    const long = entriesOf(60).map(({ userId }) => entryOf(userId, { refreshToken }));
    const watching = interceptSteps(host.dataSource, insertsMany, (carryOut) => carryOut());
    expect(await connections.importAll(long)).toMatchObject({ stored: 60 });
    const lengths = watching.mock.calls.map(([steps]) =>
      steps
        .flatMap(({ parameters = [] }) => parameters)
        .reduce((sum: number, value) => sum + String(value).length, 0),
    );
    watching.mockRestore();
    expect(Math.max(...lengths)).toBeLessThan(1_200_000);
  });

  it.each([undefined, 'entries', 5, {}])('refuses %j in place of entries at once', async (entries) => {
    await expect(connections.importAll(entries as never)).rejects.toMatchObject({
      code: 'option_invalid',
      message: expect.stringContaining('importAll'),
    });
  });
});

const check = (table: string) => `ALTER TABLE ${table} ADD CONSTRAINT refusal CHECK (user_id <> 'refused')`;

const refusing = {
  sqlite: (table: string) =>
    `CREATE TRIGGER refusal BEFORE INSERT ON ${table} WHEN NEW.user_id = 'refused' ` +
    "BEGIN SELECT RAISE(ABORT, 'refused'); END",
  postgres: check,
  mariadb: check,
  mysql: check,
};

const allowing = {
  sqlite: () => 'DROP TRIGGER refusal',
  postgres: (table: string) => `ALTER TABLE ${table} DROP CONSTRAINT refusal`,
  mariadb: (table: string) => `ALTER TABLE ${table} DROP CONSTRAINT refusal`,
  mysql: (table: string) => `ALTER TABLE ${table} DROP CONSTRAINT refusal`,
};
