/** `refreshExpiring` at an authorization server that rotates its refresh tokens and ends a grant when one comes twice. */
import { beforeAll, expect, it } from 'vitest';
import type { Connections } from '../../src';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';

describeEachEngine('refreshExpiring at a server that rotates', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });

  /** One after another: statements of sqlite3 that wait for the file keep threads that who holds it needs. */
  const several = async (count: number) => {
    const users: { id: string }[] = [];
    while (users.length < count) users.push(await host.user(connections));
    return users;
  };

  it('renews what expires soon, when the host says so, and counts what came of it', async () => {
    await host.rows.deleteAll();
    const soon = await host.user(connections, 60_000);
    const later = await host.user(connections, HOUR_MS);
    const dead = await host.user(connections, 30_000);
    await host.server.end(dead.grant.grantId);
    const report = await connections.refreshExpiring({ withinMs: 300_000 });
    expect(report).toEqual({ refreshed: 1, skipped: 0, failed: 0, reauthorizationRequired: 1 });
    expect((await connections.getAccessToken(soon.id, 'atlassian')).accessToken).not.toBe(
      soon.grant.accessToken,
    );
    expect((await connections.getAccessToken(later.id, 'atlassian')).accessToken).toBe(
      later.grant.accessToken,
    );
    expect(await connections.refreshExpiring({ withinMs: 300_000 })).toMatchObject({ refreshed: 0 });
  });

  it('renews no more than its limit, and nothing once its signal is aborted', async () => {
    await host.rows.deleteAll();
    await several(3);
    expect(await connections.refreshExpiring({ limit: 2 })).toMatchObject({ refreshed: 2 });
    const stop = AbortSignal.abort();
    expect(await connections.refreshExpiring({ signal: stop })).toMatchObject({ refreshed: 0 });
    expect(await connections.refreshExpiring()).toMatchObject({ refreshed: 1 });
  });

  it('renews from two processes at once without asking twice', async () => {
    await host.rows.deleteAll();
    const users = await several(6);
    const before = host.server.refreshes;
    const replica = await host.replica();
    const [one, other] = await Promise.all([connections.refreshExpiring(), replica.refreshExpiring()]);
    expect(one.failed + other.failed + one.reauthorizationRequired + other.reauthorizationRequired).toBe(0);
    expect([host.server.refreshes - before, one.refreshed + other.refreshed]).toEqual([
      users.length,
      users.length,
    ]);
  });
});
