import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import type { DataSource } from 'typeorm';
import { databaseOn } from '../../src/database/engines';
import { UserConnectionToken } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { type AccountRef, accountRef } from '../../src/tokens/account-ref';
import { LEASE_HORIZON_MS, MAX_LEASE_MS } from '../../src/tokens/refresh-protocol';
import { REJECTED_FOR_MS } from '../../src/tokens/doubt';
import { TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import type { Grant, StoredToken, TokenValues } from '../../src/tokens/token-row';
import { atEndOfTests } from '../setup/at-end';
import { describeEachEngine, testDatabase } from '../setup/database';

const LEASE_MS = 60_000;

function omit<Row extends object, Name extends keyof Row>(row: Row, ...names: Name[]): Omit<Row, Name> {
  const entries = Object.entries(row).filter(([name]) => !names.includes(name as Name));
  return Object.fromEntries(entries) as Omit<Row, Name>;
}

const values = (changes: Partial<TokenValues> = {}): TokenValues => ({
  accessTokenEncrypted: 'access-1',
  refreshTokenEncrypted: 'refresh-1',
  tokenType: 'Bearer',
  scopes: 'read write',
  expiresAt: '2026-03-03T04:03:03.003Z',
  providerMetadata: '{"team":"x"}',
  issuer: 'https://auth.example.test',
  configFingerprint: null,
  statusReason: null,
  ...changes,
});

describeEachEngine('TokenRows', (engine) => {
  let dataSource: DataSource;
  let rows: TokenRows;
  let pages: TokenPages;
  const atEnd = atEndOfTests();
  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    dataSource = await database.connect();
    await runConnectionMigrations(dataSource);
    const opened = databaseOn(dataSource, { timeoutMs: 1000, isPrepared: true });
    rows = new TokenRows(opened);
    pages = new TokenPages(opened);
  });

  let users = 0;
  /** As a caller that has just read the row. */
  const put = async (key: AccountRef, given: TokenValues, grant: Partial<Grant> = {}) =>
    rows.put(key, given, { id: randomUUID(), at: null, ...grant }, await rows.read(key));
  const fresh = async (changes: Partial<TokenValues> = {}): Promise<[AccountRef, StoredToken]> => {
    const key = accountRef(`user-${(users += 1)}`, 'atlassian');
    await put(key, values(changes));
    return [key, await readBack(key)];
  };
  const readBack = async (key: AccountRef): Promise<StoredToken> => {
    const row = await rows.read(key);
    if (!row) throw new Error('the row is not there');
    return row;
  };
  /** As if time had gone by. */
  const endLease = ({ id }: StoredToken) =>
    dataSource.getRepository(UserConnectionToken).update({ id }, { leaseExpiresAt: new Date(0) });

  it('reads back what was put, and nothing for anybody else', async () => {
    const [key, row] = await fresh();
    const { tokenType: _unread, ...read } = values();
    expect(row).toMatchObject({ ...read, ...key, generation: 1, claimedGeneration: 1, isLeased: false });
    expect(row.status).toBe('active');
    for (const other of [
      accountRef(key.userId.toUpperCase(), 'atlassian'),
      accountRef(`${key.userId} `, 'atlassian'),
      accountRef(key.userId, 'Atlassian'),
      accountRef(key.userId, 'atlassian', 'work'),
    ]) {
      expect(await rows.read(other)).toBeNull();
    }
  });

  it('lets one of many claim the next generation, until the lease ends', async () => {
    const [key, seen] = await fresh();
    const claims = await Promise.all(Array.from({ length: 8 }, () => rows.claim(seen, LEASE_MS)));
    expect(claims.filter(Boolean)).toHaveLength(1);
    const claimed = await readBack(key);
    expect([claimed.generation, claimed.claimedGeneration, claimed.isLeased]).toEqual([1, 2, true]);
    expect(await rows.claim(claimed, LEASE_MS)).toBe(false);
    await endLease(seen);
    const late = await readBack(key);
    expect(late.isLeased).toBe(false);
    expect(await rows.claim(late, LEASE_MS)).toBe(true);
    expect((await readBack(key)).claimedGeneration).toBe(3);
  });

  it('saves an answer though its lease is over, and never over a later one', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    await endLease(seen);
    await rows.claim(await readBack(key), LEASE_MS);
    const early = values({ accessTokenEncrypted: 'access-2' });
    const late = values({ accessTokenEncrypted: 'access-3' });
    expect(await rows.save(seen, 2, early)).toMatchObject({ kind: 'saved' });
    // Again, because the answer was lost.
    expect(await rows.save(seen, 2, early)).toMatchObject({ kind: 'saved', row: { generation: 2 } });
    expect(await readBack(key)).toMatchObject({
      accessTokenEncrypted: 'access-2',
      generation: 2,
      isLeased: true,
    });
    const changed = await rows.save(seen, 3, late);
    if (changed.kind !== 'changed') throw new Error(changed.kind);
    expect(changed.row).toMatchObject({ accessTokenEncrypted: 'access-2', generation: 2 });
    expect(await rows.save(changed.row, 3, late)).toMatchObject({ kind: 'saved' });
    expect(await readBack(key)).toMatchObject({
      accessTokenEncrypted: 'access-3',
      generation: 3,
      isLeased: false,
    });
    expect(await rows.save(seen, 2, early)).toEqual({ kind: 'superseded' });
    expect(await readBack(key)).toMatchObject({ accessTokenEncrypted: 'access-3', generation: 3 });
  });

  it('keeps the refresh token and the metadata that an answer says nothing about', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    const answer = values({
      accessTokenEncrypted: 'new',
      refreshTokenEncrypted: undefined,
      providerMetadata: undefined,
    });
    const saved = await rows.save(seen, 2, answer);
    if (saved.kind !== 'saved') throw new Error(saved.kind);
    // As the next reader finds it; one of its columns is not read.
    const row = omit(saved.row as StoredToken & TokenValues, 'tokenType');
    expect(await readBack(key)).toEqual({ ...row, isReleased: true });
    expect(row).toMatchObject({
      accessTokenEncrypted: 'new',
      refreshTokenEncrypted: 'refresh-1',
      providerMetadata: '{"team":"x"}',
    });
  });

  it('says when there is no row to save into, also when the user has connected again meanwhile', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    await pages.deleteAll([seen]);
    expect(await rows.save(seen, 2, values())).toEqual({ kind: 'gone' });
    await put(key, values({ accessTokenEncrypted: 'of the new grant' }));
    expect(await rows.save(seen, 2, values())).toEqual({ kind: 'gone' });
    expect((await readBack(key)).accessTokenEncrypted).toBe('of the new grant');
  });

  it('lets tokens that the user has just authorized win over a refresh that is on its way', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    await put(key, values({ accessTokenEncrypted: 'of the new grant' }));
    expect(await rows.save(seen, 2, values({ accessTokenEncrypted: 'of the old grant' }))).toEqual({
      kind: 'superseded',
    });
    expect(await readBack(key)).toMatchObject({ accessTokenEncrypted: 'of the new grant', isLeased: false });
  });

  it('marks a row only when nobody has saved or claimed since, and a save makes it active again', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    expect(await rows.mark(seen, 2, 'invalid_grant')).toBe(true);
    expect(await readBack(key)).toMatchObject({
      status: 'reauthorization_required',
      isLeased: false,
    });
    expect(await rows.save(seen, 2, values())).toMatchObject({ kind: 'saved' });
    expect(await readBack(key)).toMatchObject({ status: 'active' });
    expect(await rows.mark(seen, 2, 'invalid_grant')).toBe(false);
  });

  it('refuses for its own claim of the tokens that were read, and keeps a doubt once it is raised', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    expect(await rows.fail(seen, 1, { isRefusal: true, doubt: 'refused' })).toBe(false);
    expect(await readBack(key)).toMatchObject({ isLeased: true, doubt: null });
    expect(await rows.fail(seen, 2, { isRefusal: true, doubt: null })).toBe(true);
    expect(await readBack(key)).toMatchObject({ isLeased: false, doubt: null, isRefusedForLong: false });
    expect(await rows.fail(seen, 2, { isRefusal: true, doubt: 'refused' })).toBe(true);
    expect(await rows.fail(seen, 2, { isRefusal: true, doubt: null })).toBe(true);
    expect(await readBack(key)).toMatchObject({ doubt: 'refused', status: 'active', statusReason: null });
    expect(await rows.save(seen, 2, values({ accessTokenEncrypted: 'new' }))).toMatchObject({
      kind: 'saved',
    });
    expect(await readBack(key)).toMatchObject({ doubt: null, isRefusedForLong: false });
    expect(await rows.fail(seen, 2, { isRefusal: true, doubt: 'refused' })).toBe(false);
  });

  it('raises a doubt once, about the tokens that were read and no others', async () => {
    const [key, seen] = await fresh();
    expect(await rows.doubt(seen, 'refused')).toBe(true);
    expect(await rows.doubt(seen, 'refused')).toBe(false);
    expect(await rows.doubt(seen, 'configuration_changed')).toBe(true);
    expect(await readBack(key)).toMatchObject({ doubt: 'configuration_changed' });
    await put(key, values({ accessTokenEncrypted: 'of the new grant' }));
    expect(await readBack(key)).toMatchObject({ doubt: null });
    expect(await rows.doubt(seen, 'refused')).toBe(false);
    expect(await readBack(key)).toMatchObject({ doubt: null });
  });

  it('notes of an API only what it says of the tokens that were read', async () => {
    const [key, seen] = await fresh();
    const known = async () => {
      const { rejectedGeneration, isRejectedLately } = await readBack(key);
      return [rejectedGeneration, isRejectedLately];
    };
    expect(await rows.accept(seen)).toBe(false);
    expect(await rows.reject(seen, true)).toBe(true);
    expect(await known()).toEqual([1, true]);
    expect(await rows.accept(seen)).toBe(true);
    expect(await known()).toEqual([null, true]);
    await rows.claim(seen, LEASE_MS);
    await rows.save(seen, 2, values({ accessTokenEncrypted: 'next' }), { isAfterRejection: true });
    expect(await known()).toEqual([1, true]);
    expect([await rows.reject(seen, true), await rows.accept(seen)]).toEqual([false, false]);
    const other = { ...(await readBack(key)), accessTokenEncrypted: 'of another grant' };
    expect([await rows.reject(other, true), await rows.accept(other)]).toEqual([false, false]);
    expect(await known()).toEqual([1, true]);
    await put(key, values());
    expect(await known()).toEqual([null, false]);
  });

  it('dates what an API rejects from the first time', async () => {
    const [key, seen] = await fresh();
    const table = dataSource.getRepository(UserConnectionToken);
    const at = async () => (await table.findOneByOrFail({ id: seen.id })).rejectedAt;
    await rows.reject(seen, true);
    const first = new Date(Date.now() - 60_000);
    await table.update({ id: seen.id }, { rejectedAt: first });
    await rows.reject(await readBack(key), true);
    expect(await at()).toEqual(first);
    await table.update({ id: seen.id }, { rejectedAt: new Date(Date.now() - REJECTED_FOR_MS) });
    await rows.reject(await readBack(key), true);
    expect((await at())?.getTime()).toBeGreaterThan(first.getTime());
  });

  it('says since when refreshing fails, of the tokens that were read, until others are saved', async () => {
    const [key, seen] = await fresh();
    const table = dataSource.getRepository(UserConnectionToken);
    const row = () => table.findOneByOrFail({ id: seen.id });
    await rows.noteUnsentFailure({ id: seen.id, generation: 2 });
    expect((await row()).failingSince).toBeNull();
    await rows.noteUnsentFailure(seen);
    const since = new Date(Date.now() - 60_000);
    await table.update({ id: seen.id }, { failingSince: since });
    await rows.noteUnsentFailure(seen);
    expect(await row()).toMatchObject({ failingSince: since, rejectedGeneration: null });
    await rows.reject(seen, false);
    expect(await row()).toMatchObject({ failingSince: since, rejectedGeneration: 1, rejectedAt: null });
    await rows.claim(seen, LEASE_MS);
    await rows.fail(seen, 2, { isRefusal: false, doubt: null });
    expect(await row()).toMatchObject({ failingSince: since, refusedSince: null });
    await rows.save(seen, 2, values({ accessTokenEncrypted: 'next' }));
    expect(await row()).toMatchObject({ failingSince: null, rejectedGeneration: null });
    expect((await readBack(key)).generation).toBe(2);
  });

  it('ends the lease of its own claim and of no other', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    await rows.release(seen, 1);
    expect((await readBack(key)).isLeased).toBe(true);
    await rows.release(seen, 2);
    expect((await readBack(key)).isLeased).toBe(false);
  });

  it('takes a lease that ends later than one can for over: the clock was set back', async () => {
    const [key, seen] = await fresh();
    await rows.claim(seen, LEASE_MS);
    const claimed = await readBack(key);
    const leaseUntil = (ms: number) =>
      dataSource
        .getRepository(UserConnectionToken)
        .update({ id: seen.id }, { leaseExpiresAt: new Date(Date.now() + ms) });
    await leaseUntil(MAX_LEASE_MS);
    expect((await readBack(key)).isLeased).toBe(true);
    expect(await rows.claim(claimed, LEASE_MS)).toBe(false);
    await leaseUntil(LEASE_HORIZON_MS + 30_000);
    expect((await readBack(key)).isLeased).toBe(false);
    expect(await rows.claim(claimed, LEASE_MS)).toBe(true);
  });

  it('puts tokens into a new row once, and over a row only as it was read', async () => {
    const key = accountRef('put', 'github');
    const grant = { id: randomUUID(), at: '2026-03-03T04:03:03.003Z' };
    const both = await Promise.all([1, 2].map(() => rows.put(key, values(), grant, null)));
    expect(both.toSorted()).toEqual(['put', 'taken']);
    const first = await readBack(key);
    expect(first).toMatchObject({ grantId: grant.id, grantedAt: grant.at, generation: 1 });
    const later = { id: randomUUID(), at: null };
    const next = values({ accessTokenEncrypted: 'later' });
    await rows.claim(first, LEASE_MS);
    expect(await rows.put(key, next, later, first)).toBe('put');
    expect(await rows.put(key, values(), grant, first)).toBe('changed');
    expect(await readBack(key)).toMatchObject({
      accessTokenEncrypted: 'later',
      grantId: later.id,
      grantedAt: null,
      generation: 3,
      claimedGeneration: 3,
      isLeased: false,
    });
  });
});

describe('accountRef', () => {
  it.each([undefined, null, '', 7, {}, 'a\0b', 'half \ud800', 'x'.repeat(256)])(
    'refuses the user id %j',
    (userId) => {
      expect(() => accountRef(userId, 'github')).toThrow(
        expect.objectContaining({ code: 'account_invalid' }),
      );
    },
  );

  it('takes 255 characters, however many units they have', () => {
    expect(accountRef('😀'.repeat(255), 'github').account).toBe('default');
    expect(() => accountRef('😀'.repeat(256), 'github')).toThrow();
  });
});
