/** Every way in which a secret could get out: log lines, statements, events, errors and objects printed in every way. */
import { randomBytes } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { beforeAll, expect, it, vi } from 'vitest';
import type { JsonObject } from '../../src/config/definition';
import { parseConnections } from '../../src/config/parse';
import type { Connections } from '../../src';
import {
  ConnectionConfig,
  MetadataStore,
  keyRing,
  parseKeyRing,
  runConnectionMigrations,
  tableRegistry,
} from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { HOUR_MS } from '../setup/connected';
import { testDatabase } from '../setup/database';
import { declaration, entry } from '../setup/declarations';
import { holdLimits } from '../setup/held-limits';
import { McpWorld, SERVER } from '../setup/mcp-world';
import { answer } from '../setup/site';
import { skipPauses } from '../setup/skipped-pauses';
import { callbackOf } from './callbacks';
import { failures } from './echoes';
import { describeEngines } from './engines';
import { everyWay, Secrets } from './printed';

const events = [
  'connected',
  'disconnected',
  'discovery',
  'refreshed',
  'refresh_failed',
  'reauthorization_required',
] as const;
const key = () => randomBytes(32).toString('base64');

describeEngines('Secrets', (engine) => {
  const secrets = new Secrets();
  /** As text at once, since what is printed later may have been cleaned up. */
  const said: string[] = [];
  const note = (...given: unknown[]) => void said.push(everyWay(given.length === 1 ? given[0] : given));
  const [k1, k2, short] = [
    secrets.add('key 1', key()),
    secrets.add('key 2', key()),
    secrets.make('a short key'),
  ];
  const logger = { debug: note, info: note, warn: note, error: note };
  const clientSecret = secrets.make('client-secret');
  const world = McpWorld.forTests(engine);
  const atEnd = atEndOfTests();
  let dataSource: DataSource;
  let declared: Connections;
  let discovered: Connections;
  let config: ReturnType<typeof declaration>;
  const options = { cipher: undefined, keys: `k1:${k1}`, publicUrl: 'https://api.example.test', logger };
  const heard = (connections: Connections) => {
    for (const event of events) connections.on(event, note);
    return connections;
  };
  beforeAll(async () => {
    for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
      const spy = vi.spyOn(console, method).mockImplementation(note);
      atEnd(async () => spy.mockRestore());
    }
    process.on('warning', note);
    atEnd(async () => void process.off('warning', note));
    const statements = { logQuerySlow: note, logSchemaBuild: note, logMigration: note, log: note };
    const database = await testDatabase(engine, atEnd);
    dataSource = await database.connect({
      logger: {
        ...statements,
        logQuery: (sql, parameters) => note(sql, parameters),
        logQueryError: (error, sql, parameters) => note(error, sql, parameters),
      },
    });
    await runConnectionMigrations(dataSource);
    const { origin } = world.auth;
    const oauth_config: JsonObject = {
      client_id: 'c',
      client_secret: clientSecret,
      authorize_url: `${origin}/authorize`,
      token_url: `${origin}/token`,
      revoke_url: `${origin}/revoke`,
    };
    config = declaration({ linear: entry({ url: 'https://api.linear.test', oauth_config }) });
    declared = heard(world.host.connections(options, config, dataSource));
    discovered = heard(world.connections(undefined, options, dataSource));
  });

  const attempt = async (work: () => unknown) => {
    try {
      await work();
    } catch (error) {
      note(error);
    }
  };
  const given = () => ({
    access_token: secrets.make('access-token'),
    refresh_token: secrets.make('refresh-token'),
    id_token: secrets.make('id-token'),
    expires_in: 3600,
    scope: 'read',
  });
  /** A flow with secrets of its own, up to its callback. */
  async function begun(connections: Connections, userId: string) {
    const { authorizationUrl, browserBinding } = await connections.authorize(userId, 'linear', {
      bindToBrowser: true,
    });
    secrets.add('state', new URL(authorizationUrl).searchParams.get('state'));
    const who = { browserBinding: secrets.add('browser binding', browserBinding) };
    const code = secrets.make('code');
    return { callback: (changes = {}) => callbackOf(authorizationUrl, { code, ...changes }), who };
  }

  /** What the exchange of a code has sent is secret, too. */
  function addSent(): void {
    const verifier = world.tokenRequests.at(-1)?.['code_verifier'];
    if (verifier !== undefined) secrets.add('verifier', verifier);
  }

  async function flows(connections: Connections): Promise<void> {
    for (const page of failures) {
      const { callback, who } = await begun(connections, 'ada');
      await attempt(() => connections.complete(callback({ state: secrets.make('state') }), who));
      await attempt(() => connections.complete(callback({ code: ['a', secrets.make('code')] }), who));
      await attempt(() =>
        connections.complete(callback(), {
          browserBinding: secrets.add('binding', randomBytes(32).toString('base64url')),
        }),
      );
      world.auth.pages.set('/token', page);
      await attempt(() => connections.complete(callback(), who));
      addSent();
    }
    for (const changes of [
      { error: 'access_denied' },
      { iss: 'https://evil.test' },
      { error: 'server_error', code: [] },
    ]) {
      const { callback, who } = await begun(connections, 'ada');
      await attempt(() => connections.complete(callback(changes), who));
    }
    world.auth.pages.set('/token', given());
    const { callback, who } = await begun(connections, 'ada');
    note(await connections.complete(callback(), who));
    addSent();
    await attempt(() => connections.complete(callback(), who));
  }

  async function refreshes(connections: Connections): Promise<void> {
    const expire = () =>
      dataSource.getRepository('UserConnectionToken').update({ userId: 'ada' }, { expiresAt: new Date(0) });
    for (const [index, page] of failures.entries()) {
      const userId = `user-${index}`;
      const tokens = {
        accessToken: secrets.make('imported-access'),
        refreshToken: secrets.make('imported-refresh'),
      };
      await attempt(() => connections.importTokens(userId, 'linear', { ...tokens, expiresAt: new Date(0) }));
      world.auth.pages.set('/token', page);
      await attempt(() => connections.getAccessToken(userId, 'linear'));
      await attempt(() =>
        connections.getAccessToken(userId, 'linear', { rejectedToken: tokens.accessToken }),
      );
      world.auth.pages.set('/revoke', page);
      await attempt(async () => note(await connections.disconnect(userId, 'linear')));
    }
    await expire();
    world.auth.pages.set('/token', given());
    await attempt(() => connections.getAccessToken('ada', 'linear'));
    const accessToken = secrets.make('access-token');
    await attempt(() => connections.importTokens('ada', 'linear', { accessToken, refreshToken: 5 } as never));
    await attempt(() =>
      connections.importTokens('ada', 'linear', { accessToken: accessToken.repeat(2_000) }),
    );
    await attempt(async () => note(await connections.list('ada')));
    await expire();
    await attempt(async () => note(await connections.refreshExpiring({ withinMs: HOUR_MS })));
    await attempt(async () => note(await connections.renameUser('ada', 'eve')));
    await attempt(async () => note(await connections.reencrypt()));
    await attempt(async () => note(await connections.forgetUser('eve')));
  }

  it('of a declared client are nowhere in what is logged, stored, emitted, thrown or printed', async () => {
    world.reset();
    await flows(declared);
    await refreshes(declared);
    expect(secrets.in(said.join('\n'))).toEqual([]);
  });

  it('of a discovered server and a registered client are nowhere either', async () => {
    world.reset();
    world.auth.pages.set(SERVER, world.server({ revocation_endpoint: `${world.auth.origin}/revoke` }));
    for (const page of failures) {
      world.auth.pages.set('/register', page);
      await attempt(() => discovered.authorize('ada', 'linear'));
    }
    const client = {
      client_id: 'registered',
      client_secret: secrets.make('registered-secret'),
      registration_access_token: secrets.make('rat'),
    };
    world.auth.pages.set('/register', answer(201, client));
    await flows(discovered);
    await refreshes(discovered);
    expect(secrets.in(said.join('\n'))).toEqual([]);
  });

  it('are in no object that a host could print, and in no mistake with keys or documents', async () => {
    const store = new MetadataStore({ dataSource, config, logger, migrations: 'off' });
    store.on('sync', note);
    await attempt(async () => note(await store.initialize()));
    for (const one of [store, declared, discovered]) said.push(everyWay(one, 3));
    for (const registry of [store.registry, tableRegistry(dataSource.getRepository(ConnectionConfig))]) {
      await attempt(async () => note(await registry.list(), await registry.get('linear')));
    }
    for (const keys of [short, `k1:${short}`, `${k1}:k1`, `k1:${k1},k1:${k2}`, `k1:${k1}x`]) {
      await attempt(() => note(parseKeyRing(keys)));
      await attempt(() => world.host.connections({ cipher: undefined, keys }));
    }
    await attempt(() => note(keyRing({ current: 'k2', keys: { k1, k2: Buffer.from(k2, 'base64') } })));
    await attempt(() => note(keyRing({ current: 'k3', keys: { k1 } })));
    const oauth_config: JsonObject = {
      client_id: 'c',
      client_secret: clientSecret,
      client_secret_env: 'X',
      token_url: 'nowhere',
    };
    const mistakes = {
      a: entry({ oauth_config }),
      b: entry({ url: `https://u:${short}@x.test/` }),
      c: entry({ url: `https://x.test/?api_key=${short}` }),
    };
    const parsed = parseConnections(declaration(mistakes));
    expect(parsed.problems.length).toBeGreaterThan(2);
    note(parsed);
    expect(secrets.in(said.join('\n'))).toEqual([]);
  });

  it('are nowhere when the table goes while a provider is being asked', async () => {
    world.reset();
    skipPauses();
    const tokens = {
      accessToken: secrets.make('imported-access'),
      refreshToken: secrets.make('imported-refresh'),
    };
    await declared.importTokens('zoe', 'linear', { ...tokens, expiresAt: new Date(0) });
    const { tablePath } = dataSource.getMetadata('UserConnectionToken');
    world.auth.pages.set('/token', (response) => {
      void dataSource
        .query(`ALTER TABLE ${tablePath} RENAME TO gone_tokens`)
        .then(() => response.end(JSON.stringify(given())));
    });
    const connections = heard(world.host.connections(options, config, dataSource));
    // The time of the request and its lease is over as soon as it is said that nothing was saved.
    const endLimits = holdLimits();
    connections.on('refresh_failed', () => endLimits());
    await attempt(() => connections.getAccessToken('zoe', 'linear'));
    await attempt(() => declared.list('zoe'));
    // It still tries to save the tokens.
    await connections.close();
    const printed = said.join('\n');
    // The run was what it should be, and it was heard.
    for (const part of [
      'token_not_saved',
      'UPDATE',
      'reauthorization_required',
      'authorization_failed',
      'state_unknown',
      'resource metadata',
    ]) {
      expect(printed).toContain(part);
    }
    expect(secrets.in(printed)).toEqual([]);
  });
});
