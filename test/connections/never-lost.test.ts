/**
 * Moments at which a token could be lost, sent astray or waited for without end, each made to happen.
 *
 * @module-tag long
 */
import { expect, it, onTestFinished } from 'vitest';
import type { DataSource } from 'typeorm';
import { eventually } from '../setup/eventually';
import { UserConnectionToken } from '../../src';
import { atEndOfTests } from '../setup/at-end';
import { codeOf } from '../setup/code-of';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { holdLimits } from '../setup/held-limits';
import { skipPauses } from '../setup/skipped-pauses';
import { TokenEndpoint } from '../setup/token-endpoint';

const REQUEST_MS = 10_000;

describeEachEngine('A token', (engine) => {
  const host = ConnectedHost.forTests(engine);
  const atEnd = atEndOfTests();

  const held = () =>
    new Promise<() => void>((resolve) => {
      host.server.interferences.push(async ({ perform, response }) => {
        const { status, body } = await perform();
        resolve(() => void response.writeHead(status, { 'content-type': 'application/json' }).end(body));
      });
    });

  it('is not asked for by a caller who has given up already, and no rejection is left alone', async () => {
    const connections = host.connections();
    const { id } = await host.user(connections);
    const signal = AbortSignal.abort(new Error('given up'));
    await expect(connections.getAccessToken(id, 'atlassian', { signal })).rejects.toThrow('given up');
    expect((await host.row(id)).claimedGeneration).toBe(1);
  });

  it('is not presented twice because a secret took its time', async () => {
    const config = host.config({ client_secret: undefined, client_secret_env: 'SECRET' });
    const secret = 'secret-of-the-client-0123456789';
    let release: (() => void) | undefined;
    const slow = host.connections(
      { resolveSecret: () => new Promise((resolve) => (release = () => resolve(secret))) },
      config,
    );
    const quick = host.connections({ resolveSecret: () => secret }, config);
    const { id, grant } = await host.user(quick);
    const waiting = slow.getAccessToken(id, 'atlassian').catch((error: { code: string }) => error.code);
    await eventually(() => expect(release).toBeTypeOf('function'));
    const { accessToken } = await quick.getAccessToken(id, 'atlassian');
    release?.();
    await waiting;
    expect((await quick.getAccessToken(id, 'atlassian')).accessToken).toBe(accessToken);
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it('is not blocked by a secret that never comes', async () => {
    const endLimits = holdLimits();
    const secrets: (() => string | Promise<string>)[] = [
      () => {
        setImmediate(() => endLimits(REQUEST_MS));
        return new Promise(() => undefined);
      },
    ];
    const connections = host.connections(
      {
        requestTimeoutMs: REQUEST_MS,
        resolveSecret: () => secrets.shift()?.() ?? 'secret-of-the-client-0123456789',
      },
      host.config({ client_secret: undefined, client_secret_env: 'SECRET' }),
    );
    const { id } = await host.user(connections);
    expect(await codeOf(connections.getAccessToken(id, 'atlassian'))).toBe('secret_unresolved');
    await connections.close();
    expect(await codeOf(host.connections().getAccessToken(id, 'atlassian'))).toBe('fine');
  });

  it('that a provider has given is not thrown away while the database is out, however long', async () => {
    const connections = host.connections({ requestTimeoutMs: REQUEST_MS });
    const { id, grant } = await host.user(connections);
    const answering = held();
    skipPauses();
    const endLimits = holdLimits();
    // The time of the request and its lease is over as soon as it is said that nothing was saved.
    connections.on('refresh_failed', () => endLimits());
    const told = new Promise((resolve) => connections.on('refresh_failed', resolve));
    const refreshed = new Promise((resolve) => connections.on('refreshed', resolve));
    const calling = codeOf(connections.getAccessToken(id, 'atlassian'));
    const answer = await answering;
    const show = await host.hideTokens();
    answer();
    const about = { connectionName: 'atlassian', account: 'default' };
    expect(await told).toMatchObject({ error: { code: 'token_not_saved', ...about } });
    expect(await calling).toBe('token_not_saved');
    await show();
    await refreshed;
    expect(await codeOf(host.connections().getAccessToken(id, 'atlassian'))).toBe('fine');
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it('on its way is not lost when the service is closed', async () => {
    const dataSource = await host.newDataSource();
    const connections = host.connections({}, host.config(), dataSource);
    const { id, grant } = await host.user(connections);
    const answering = held();
    const calling = connections.getAccessToken(id, 'atlassian');
    const answer = await answering;
    const closing = connections.close();
    answer();
    await closing;
    await dataSource.destroy();
    const { accessToken } = await calling;
    expect((await host.connections().getAccessToken(id, 'atlassian')).accessToken).toBe(accessToken);
    expect(host.server.revokedGrants).not.toContain(grant.grantId);
  });

  it('goes to no provider that did not give it, when a user leaves', async () => {
    const other = await TokenEndpoint.start();
    atEnd(() => other.stop());
    const before = host.connections();
    const { id } = await host.user(before, HOUR_MS);
    const after = host.connections(
      {},
      host.config({ client_id: 'other', revoke_url: `${other.origin}/revoke` }),
    );
    expect(await after.disconnect(id, 'atlassian')).toEqual({ removed: true, revocation: 'unsupported' });
    expect(other.requests).toEqual([]);
  });

  it('that a user has just authorized is not deleted by an earlier wish to leave', async () => {
    const endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    const connections = host.connections({}, host.config({ revoke_url: `${endpoint.origin}/revoke` }));
    await connections.importTokens('leaver', 'atlassian', { accessToken: 'at-old' });
    const asked = new Promise<() => void>((resolve) => {
      endpoint.next((response) => resolve(() => void response.end()));
    });
    const leaving = connections.disconnect('leaver', 'atlassian');
    const answer = await asked;
    await connections.importTokens('leaver', 'atlassian', { accessToken: 'at-new' });
    answer();
    expect(await leaving).toEqual({ removed: true, revocation: 'revoked' });
    expect((await connections.getAccessToken('leaver', 'atlassian')).accessToken).toBe('at-new');
  });

  it('of a new grant is not kept from a caller whose refresh of the old one came to nothing', async () => {
    const endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    const connections = host.connections({}, host.config({ token_url: endpoint.url, revoke_url: undefined }));
    const { id } = await host.user(connections);
    endpoint.next((response) => {
      const meanwhile = async () => {
        await connections.disconnect(id, 'atlassian');
        await connections.importTokens(id, 'atlassian', { accessToken: 'at-new' });
        response.writeHead(503).end();
      };
      void meanwhile();
    });
    expect((await connections.getAccessToken(id, 'atlassian')).accessToken).toBe('at-new');
  });

  it('does not wait for others that can never be renewed', async () => {
    await host.rows.deleteAll();
    const connections = host.connections();
    const gone = host.connections({}, host.config({ client_id: 'an earlier one' }));
    for (let index = 0; index < 5; index += 1) await host.user(gone, -HOUR_MS);
    const { id } = await host.user(connections);
    expect(await connections.refreshExpiring({ limit: 3 })).toMatchObject({ refreshed: 1, skipped: 5 });
    expect(await codeOf(connections.getAccessToken(id, 'atlassian'))).toBe('fine');
  });

  it('is not asked for again before the time that the provider has said', async () => {
    await host.rows.deleteAll();
    const endpoint = await TokenEndpoint.start();
    atEnd(() => endpoint.stop());
    const connections = host.connections({}, host.config({ token_url: endpoint.url }));
    const { id } = await host.user(connections);
    endpoint.nextAnswer(429, {}, { 'retry-after': '3600' });
    const ask = () => codeOf(connections.getAccessToken(id, 'atlassian'));
    expect(new Set([...(await Promise.all([ask(), ask()])), await ask()])).toEqual(
      new Set(['provider_unavailable']),
    );
    expect(await connections.refreshExpiring()).toMatchObject({ refreshed: 0, skipped: 1, failed: 0 });
    expect(endpoint.requests).toHaveLength(1);
  });

  it('is still there for one of two users when a rename and an import compete for it', async () => {
    const connections = host.connections();
    await connections.importTokens('before', 'atlassian', { accessToken: 'at-1' });
    await Promise.all([
      connections.renameUser('before', 'after'),
      connections.importTokens('before', 'atlassian', { accessToken: 'at-2' }),
    ]);
    const served = await Promise.all(
      ['before', 'after'].map((user) =>
        connections.getAccessToken(user, 'atlassian').catch((error: { code: string }) => error.code),
      ),
    );
    for (const one of served) expect(one === 'not_connected' || typeof one === 'object').toBe(true);
    expect(served.some((one) => typeof one === 'object')).toBe(true);
  });
});

describeEachEngine('A pool without a free connection', (engine) => {
  it('makes every call say so in time', async () => {
    const host = await ConnectedHost.open(engine, onTestFinished);
    const dataSource: DataSource = await host.newDataSource();
    const options = { publicUrl: 'https://api.example.test' };
    const patient = host.connections(options, host.config(), dataSource);
    const { id } = await host.user(patient);
    const connections =
      engine === 'sqlite'
        ? patient
        : host.connections({ ...options, lockTimeoutMs: 200 }, host.config(), dataSource);
    const runners = Array.from({ length: engine === 'sqlite' ? 0 : 10 }, () =>
      dataSource.createQueryRunner(),
    );
    for (const runner of runners) await runner.connect();
    const calls = [
      connections.getAccessToken(id, 'atlassian'),
      connections.authorize(id, 'atlassian'),
      connections.refreshExpiring(),
      connections.renameUser(id, 'other'),
    ].map(codeOf);
    const expected = runners.length > 0 ? new Set(['database_busy']) : new Set(['fine']);
    expect(
      new Set((await Promise.all(calls)).map((code) => (code === 'not_connected' ? 'fine' : code))),
    ).toEqual(expected);
    for (const runner of runners) await runner.release();
    expect(await codeOf(patient.list(id))).toBe('fine');
  });
});

describeEachEngine('A table that was altered while the service runs', (engine) => {
  it('is read on', async () => {
    const host = await ConnectedHost.open(engine, onTestFinished);
    const connections = host.connections();
    const { id } = await host.user(connections, HOUR_MS);
    await connections.getAccessToken(id, 'atlassian');
    const { tablePath } = host.dataSource.getMetadata(UserConnectionToken);
    const alterations: Partial<Record<typeof engine, string>> = {
      postgres: `ALTER TABLE ${tablePath} ALTER COLUMN scopes TYPE varchar(5000)`,
      mariadb: `ALTER TABLE ${tablePath} MODIFY scopes varchar(5000)`,
      sqlite: `ALTER TABLE ${tablePath} ADD COLUMN note text`,
    };
    await host.dataSource.query(alterations[engine] ?? '');
    for (let call = 0; call < 12; call += 1) {
      expect(await codeOf(connections.getAccessToken(id, 'atlassian'))).toBe('fine');
    }
  });
});
