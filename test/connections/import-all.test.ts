/** A host moves from another system: what is stored, kept and refused of many accounts, and what a second run does. */
import { beforeAll, beforeEach, expect, it, vi } from 'vitest';
import type { Connections } from '../../src';
import type { ImportEntry } from '../../src/connections/accounts/import-entries';
import { ConnectedHost, HOUR_MS } from '../setup/connected';
import { describeEachEngine } from '../setup/database';
import { entriesOf, entryOf } from '../setup/import-entries';

describeEachEngine('An import of many accounts', (engine) => {
  const host = ConnectedHost.forTests(engine);
  let connections: Connections;
  beforeAll(() => {
    connections = host.connections();
  });
  beforeEach(() => host.rows.deleteAll());

  const tokenOf = async (userId: string, account?: string) =>
    (await connections.getAccessToken(userId, 'atlassian', { account })).accessToken;

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
});
