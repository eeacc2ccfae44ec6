/** How an import pulls its entries and says how far it is, and what becomes of it when its source, its signal or the database ends it. */
import { beforeAll, beforeEach, expect, it } from 'vitest';
import type { Connections } from '../../src';
import type { ImportEntry, ImportProgress } from '../../src/connections/accounts/import-entries';
import { CommitFailure } from '../../src/database/failure';
import type { Step } from '../../src/database/statement';
import { ConnectedHost } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { entriesOf, entryOf } from '../setup/import-entries';
import { interceptSteps } from '../setup/intercepted-steps';
import { longestSent } from '../setup/many-accounts';

describeEachEngine('An import under way', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });
  beforeEach(() => host.rows.deleteAll());

  const insertsMany = ([one]: readonly Step[]): boolean => one?.sql.startsWith('INSERT') === true;

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

  it('counts what was stored although the answer of the database was lost', async () => {
    interceptSteps(host.dataSource, insertsMany, async (carryOut, before) => {
      const executed = await carryOut();
      if (before > 0) return executed;
      throw new CommitFailure(new Error('connection reset'));
    });
    const report = await connections.importAll(entriesOf(20));
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
    expect(longestSent(watching)).toBeLessThan(1_200_000);
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
