/** Every way in which a secret could get out: log lines, statements, events, errors printed in every way. */
import { inspect } from 'node:util';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Connections } from '../../src/connections/connections';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine, testDatabase } from '../setup/database';
import { runConnectionMigrations } from '../../src/migrations';
import { TokenEndpoint } from '../setup/token-endpoint';

/** In every secret of the test. */
const MARK = 'MARKED-SECRET';

describeEachEngine('Secrets', (engine) => {
  const cleanUps: (() => Promise<void>)[] = [];
  const said: unknown[] = [];
  let host: ConnectedHost;
  let endpoint: TokenEndpoint;
  let connections: Connections;
  let dataSource: DataSource;
  beforeAll(async () => {
    const atEnd = (cleanUp: () => Promise<void>) => cleanUps.push(cleanUp);
    host = await ConnectedHost.open(engine, atEnd);
    endpoint = await TokenEndpoint.start();
    cleanUps.push(() => endpoint.stop());
    const note = (...given: unknown[]) => void said.push(given);
    dataSource = await (
      await testDatabase(engine, atEnd)
    ).connect({
      logger: {
        logQuery: (sql, parameters) => note(sql, parameters),
        logQueryError: (error, sql, parameters) => note(error, sql, parameters),
        logQuerySlow: note,
        logSchemaBuild: note,
        logMigration: note,
        log: note,
      },
    });
    await runConnectionMigrations(dataSource);
    const config = host.config({
      token_url: endpoint.url,
      client_secret: `cs-${MARK}`,
      revoke_url: `${endpoint.origin}/revoke`,
    });
    connections = host.connections(
      { requestTimeoutMs: 300, logger: { debug: note, info: note, warn: note, error: note } },
      config,
      dataSource,
    );
    for (const event of ['refreshed', 'refresh_failed', 'reauthorization_required'] as const) {
      connections.on(event, note);
    }
  });
  afterAll(async () => {
    for (const cleanUp of cleanUps.toReversed()) await cleanUp();
  });

  const tokens = (name: string, expiresAt = new Date(0)) => ({
    accessToken: `at-${name}-${MARK}`,
    refreshToken: `rt-${name}-${MARK}`,
    expiresAt,
  });
  const answer = {
    access_token: `at-new-${MARK}`,
    refresh_token: `rt-new-${MARK}`,
    expires_in: 60,
    scope: 'read',
  };
  const attempt = async (work: () => Promise<unknown>) => {
    const error: unknown = await work().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    said.push(error);
    return error as { code: string } | null;
  };
  const get = (user: string, options = {}) =>
    attempt(() => connections.getAccessToken(user, 'atlassian', options));

  it('are nowhere in what is logged, emitted or thrown, whatever happens', async () => {
    const cases: readonly (readonly [string, number, unknown])[] = [
      ['a', 200, answer],
      [
        'b',
        400,
        { error: 'invalid_grant', error_description: `rt-b-${MARK}`, refresh_token: `rt-b-${MARK}` },
      ],
      ['c', 401, { error: 'invalid_client', error_description: `cs-${MARK}` }],
      ['d', 500, `at-${MARK}`],
      ['e', 200, { ...answer, expires_in: 'x', token_type: { a: MARK } }],
      ['f', 400, { error: `rt-${MARK}` }],
      ['g', 302, ''],
    ];
    for (const [user, status, body] of cases) {
      await connections.importTokens(user, 'atlassian', tokens(user));
      endpoint.nextAnswer(status, body, status === 302 ? { location: `https://x.test/?t=${MARK}` } : {});
      await get(user);
    }
    await connections.importTokens('h', 'atlassian', tokens('h', new Date(Date.now() + HOUR_MS)));
    endpoint.next((response) => void response.socket?.resetAndDestroy());
    await get('h', { rejectedToken: `at-h-${MARK}` });
    await attempt(() =>
      connections.importTokens('h', 'atlassian', { accessToken: `at-${MARK}`, refreshToken: 5 } as never),
    );
    await attempt(() => connections.list('h'));
    await attempt(() => connections.refreshExpiring({ withinMs: 0 }));
    endpoint.nextAnswer(200, '');
    await attempt(() => connections.forgetUser('h'));
    await attempt(() => connections.renameUser('a', 'b'));
    await attempt(() => connections.reencrypt());
    const stranger = new Connections(
      { dataSource: host.dataSource, registry: host.registry() },
      { cipher: host.cipher, logger: host.logger, fetch: () => Promise.reject(new Error(MARK)) },
    );
    const { id } = await host.user(stranger);
    await attempt(() => stranger.getAccessToken(id, 'atlassian'));
    await stranger.close();
    await connections.importTokens('i', 'atlassian', tokens('i'));
    endpoint.next((response) => {
      // The table goes while the provider is being asked.
      void breakTable().then(() => response.end(JSON.stringify(answer)));
    });
    const lost = await get('i');
    expect(lost?.code).toBe('token_not_saved');
    await attempt(() => connections.list('i'));

    const printed = said.map(everyWay).join('\n');
    expect(printed).toContain('token_not_saved');
    expect(printed).toContain('UPDATE');
    expect(printed).toContain('reauthorization_required');
    expect(printed).not.toContain(MARK);
  });

  const breakTable = async () => {
    const { tablePath } = dataSource.getMetadata('UserConnectionToken');
    await dataSource.query(`ALTER TABLE ${tablePath} RENAME TO gone_tokens`);
  };
});

function everyWay(value: unknown): string {
  const own =
    value instanceof Error ? [value.message, value.stack, everyWay(value.cause), String(value)] : [];
  return [...own, inspect(value, { depth: 20, showHidden: true, getters: true }), json(value)].join('\n');
}

function json(value: unknown): string {
  const seen = new WeakSet<object>();
  return (
    JSON.stringify(value, (_key, one: unknown) => {
      if (typeof one !== 'object' || one === null) return one;
      if (seen.has(one)) return '[again]';
      seen.add(one);
      return one instanceof Error
        ? { ...Object.fromEntries(Object.entries(one)), message: one.message, cause: one.cause }
        : one;
    }) ?? ''
  );
}
