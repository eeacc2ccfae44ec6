import { randomBytes, randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { beforeAll, expect, it } from 'vitest';
import { databaseOn } from '../../src/database/engines';
import { UserConnectionToken } from '../../src/entities';
import { runConnectionMigrations } from '../../src/migrations';
import { keyRing } from '../../src/tokens/key-ring';
import type { RefreshObserver } from '../../src/tokens/refresh-run';
import type { TokenProvider } from '../../src/tokens/refresh-claim';
import { TokenRefresher } from '../../src/tokens/refresh';
import { type AccountRef, accountRef } from '../../src/tokens/account-ref';
import { TokenPages } from '../../src/tokens/token-pages';
import { TokenRows } from '../../src/tokens/token-rows';
import type { IssuedTokens, TokenAnswer } from '../../src/oauth/token-answer';
import { TokenSeal } from '../../src/tokens/token-seal';
import { atEndOfTests } from '../setup/at-end';
import { describeEachEngine, testDatabase } from '../setup/database';

const cipher = keyRing({ current: 'k1', keys: { k1: randomBytes(32) } });
const under = { issuer: 'https://auth.example.test', configFingerprint: 'f'.repeat(64) };
const HOUR_MS = 3_600_000;

/** Rotates, and revokes the grant when a refresh token is presented twice, as a strict server does. */
class RotatingProvider implements TokenProvider {
  readonly under = under;
  readonly presented: string[] = [];
  readonly revoked: string[] = [];
  isGrantAlive = true;
  /** What the next requests get instead of tokens. */
  readonly faults: Exclude<TokenAnswer['kind'], 'tokens'>[] = [];
  /** Lets the test hold an answer back. */
  beforeAnswer: () => Promise<void> = async () => undefined;
  private given = 0;

  issue(): IssuedTokens {
    this.given += 1;
    return {
      accessToken: `access-${this.given}`,
      refreshToken: `refresh-${this.given}`,
      tokenType: 'Bearer',
      scopes: undefined,
      expiresAt: new Date(Date.now() + HOUR_MS),
      providerMetadata: undefined,
    };
  }

  async prepare() {
    return (refreshToken: string) => this.refresh(refreshToken);
  }

  private async refresh(refreshToken: string): Promise<TokenAnswer> {
    this.presented.push(refreshToken);
    const fault = this.faults.shift();
    if (fault === 'transient') return { kind: fault, retryAfterMs: null };
    if (fault === 'misconfigured') return { kind: fault, error: 'invalid_client' };
    if (fault === 'invalid_grant') return { kind: fault };
    if (refreshToken !== `refresh-${this.given}`) this.isGrantAlive = false;
    if (!this.isGrantAlive) return { kind: 'invalid_grant' };
    const tokens = this.issue();
    await this.beforeAnswer();
    return { kind: 'tokens', tokens };
  }

  async revoke({ accessToken }: Pick<IssuedTokens, 'accessToken'>): Promise<boolean> {
    this.revoked.push(accessToken);
    return true;
  }
}

describeEachEngine('TokenRefresher', (engine) => {
  const REPLICAS = 4;
  const dataSources: DataSource[] = [];
  const atEnd = atEndOfTests();
  const seal = new TokenSeal(cipher);
  const times = { leaseMs: 30_000, pollMs: 10 };
  const marginMs = 60_000;
  const observed: string[] = [];
  const observer: RefreshObserver = {
    ended: (_key, { outcome }) => void observed.push(outcome),
    failed: (_key, error) => void observed.push((error as { code: string }).code),
  };
  let rows: TokenRows;
  let pages: TokenPages;
  let replicas: TokenRefresher[];

  beforeAll(async () => {
    const database = await testDatabase(engine, atEnd);
    for (let index = 0; index < REPLICAS; index += 1) dataSources.push(await database.connect());
    await runConnectionMigrations(dataSources[0] as DataSource);
    const rowsOf = (dataSource: DataSource) =>
      new TokenRows(databaseOn(dataSource, { timeoutMs: 10_000, isPrepared: true }));
    rows = rowsOf(dataSources[0] as DataSource);
    pages = new TokenPages(databaseOn(dataSources[0] as DataSource, { timeoutMs: 10_000 }));
    replicas = dataSources.map((dataSource) => new TokenRefresher(rowsOf(dataSource), seal, times));
  });

  let users = 0;
  const connected = async (): Promise<[AccountRef, RotatingProvider]> => {
    const key = accountRef(`user-${(users += 1)}`, 'atlassian');
    const provider = new RotatingProvider();
    await put(key, provider.issue());
    return [key, provider];
  };
  const put = async (key: AccountRef, tokens: IssuedTokens) =>
    rows.put(
      key,
      await seal.close(key, tokens, under, 'read'),
      { id: randomUUID(), at: null },
      await rows.read(key),
    );
  const expire = ({ userId }: AccountRef) =>
    (dataSources[0] as DataSource)
      .getRepository(UserConnectionToken)
      .update({ userId }, { expiresAt: new Date(0) });
  const [one, other] = [() => replicas[0] as TokenRefresher, () => replicas[1] as TokenRefresher];
  const accessToken = async (refresher: TokenRefresher, key: AccountRef, provider: TokenProvider) => {
    const { outcome, row } = await refresher.refresh(key, { provider, marginMs, observer });
    return outcome === 'usable' && row ? seal.openAccessToken(row) : outcome;
  };

  /** As a rename that found the lease over. */
  const rename = async (key: AccountRef, to: AccountRef) => {
    const row = await rows.read(key);
    if (!row) throw new Error('the row is gone');
    const { id } = row;
    await dataSources[0]?.getRepository(UserConnectionToken).update({ id }, { leaseExpiresAt: null });
    expect(await rows.rewrite(row, { ...to, ...(await seal.reencrypt(row, to)) })).toBe('rewritten');
  };

  it('asks nobody while the token lives', async () => {
    const [key, provider] = await connected();
    expect(await accessToken(one(), key, provider)).toBe('access-1');
    expect(provider.presented).toEqual([]);
  });

  it('asks once for all callers of all replicas, round after round, and the grant lives', async () => {
    const [key, provider] = await connected();
    for (let round = 1; round <= 5; round += 1) {
      await expire(key);
      const callers = replicas.flatMap((replica) => Array.from({ length: 10 }, () => replica));
      const served = await Promise.all(callers.map((replica) => accessToken(replica, key, provider)));
      expect([new Set(served), provider.presented.length]).toEqual([new Set([`access-${round + 1}`]), round]);
    }
    expect(provider.isGrantAlive).toBe(true);
  });

  it('serves the old token at once while another replica gets a new one before its end', async () => {
    const [key, provider] = await connected();
    await (dataSources[0] as DataSource)
      .getRepository(UserConnectionToken)
      .update(
        { userId: key.userId },
        { expiresAt: new Date(Date.now() + marginMs / 2), updatedAt: new Date(Date.now() - HOUR_MS) },
      );
    const answered = new Promise<void>((answer) => {
      provider.beforeAnswer = () => new Promise((resolve) => (answer(), (release = resolve)));
    });
    let release = () => undefined as void;
    const first = accessToken(one(), key, provider);
    await answered;
    expect(await accessToken(other(), key, provider)).toBe('access-1');
    release();
    expect([await first, provider.presented.length]).toEqual(['access-2', 1]);
  });

  it('ends a run that nobody waits for where another has begun, and leaves waiting to those who want the token', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const answered = new Promise<void>((answer) => {
      provider.beforeAnswer = () => new Promise((resolve) => (answer(), (release = resolve)));
    });
    let release = () => undefined as void;
    const first = accessToken(one(), key, provider);
    await answered;
    const hasty = { provider, marginMs, isPatient: false, observer };
    for (const replica of [one(), other()]) {
      expect((await replica.refresh(key, hasty)).outcome).toBe('leased');
    }
    const waiting = [accessToken(one(), key, provider), accessToken(other(), key, provider)];
    const hurried = other().refresh(key, hasty);
    expect((await hurried).outcome).toBe('leased');
    release();
    expect(await Promise.all([first, ...waiting])).toEqual(['access-2', 'access-2', 'access-2']);
    expect(provider.presented).toHaveLength(1);
  });

  it('keeps everything when the provider is out of order, and tries again the next time', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const before = await rows.read(key);
    provider.faults.push('transient', 'misconfigured');
    expect(await accessToken(one(), key, provider)).toBe('transient');
    expect(await accessToken(other(), key, provider)).toBe('misconfigured');
    const after = await rows.read(key);
    expect(after).toEqual({ ...before, claimedGeneration: 3, isReleased: true });
    expect(await accessToken(one(), key, provider)).toBe('access-2');
  });

  it('marks a connection that the provider has ended, and keeps its row', async () => {
    const [key, provider] = await connected();
    await expire(key);
    provider.isGrantAlive = false;
    expect(await accessToken(one(), key, provider)).toBe('reauthorization_required');
    expect(await accessToken(other(), key, provider)).toBe('reauthorization_required');
    expect(provider.presented).toHaveLength(1);
    const row = await rows.read(key);
    expect(row?.status).toBe('reauthorization_required');
  });

  it('renews a token that an API has refused, once', async () => {
    const [key, provider] = await connected();
    const rejected = (await rows.read(key)) ?? undefined;
    const results = await Promise.all(
      replicas.map((replica) => replica.refresh(key, { provider, marginMs, rejected, observer })),
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['usable', 'usable', 'usable', 'usable']);
    expect(provider.presented).toEqual(['refresh-1']);
    expect((await one().refresh(key, { provider, marginMs, rejected, observer })).outcome).toBe('usable');
    expect(provider.presented).toHaveLength(1);
  });

  it('gives back what it cannot save because the user has disconnected meanwhile', async () => {
    const [key, provider] = await connected();
    await expire(key);
    provider.beforeAnswer = async () => {
      const row = await rows.read(key);
      if (row) await pages.deleteAll([row]);
    };
    expect(await accessToken(one(), key, provider)).toBe('gone');
    expect(provider.revoked).toEqual(['access-2']);
  });

  it('serves what the user has authorized anew, when the row was deleted and made again meanwhile', async () => {
    const [key, provider] = await connected();
    await expire(key);
    provider.beforeAnswer = async () => {
      const row = await rows.read(key);
      if (row) await pages.deleteAll([row]);
      await put(key, { ...provider.issue(), accessToken: 'of the new grant' });
    };
    expect(await accessToken(one(), key, provider)).toBe('of the new grant');
    expect(provider.revoked).toEqual(['access-2']);
  });

  it('serves what the user has authorized anew, when the row was renamed meanwhile', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const renamed = accountRef(`${key.userId}-renamed`, key.connectionName);
    provider.beforeAnswer = async () => {
      await rename(key, renamed);
      await put(key, { ...provider.issue(), accessToken: 'of the new grant' });
    };
    expect(await accessToken(one(), key, provider)).toBe('of the new grant');
    const row = await rows.read(renamed);
    expect(row && (await seal.openAccessToken(row))).toBe('access-2');
  });

  it('gives nobody a token that has expired, though it was issued while they waited', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const issue = provider.issue.bind(provider);
    provider.issue = () => ({ ...issue(), expiresAt: new Date(Date.now() - 1000) });
    const results = await Promise.all(
      replicas.map((replica) => replica.refresh(key, { provider, marginMs, observer })),
    );
    expect(results.map(({ outcome, isSaved }) => [outcome, isSaved])).toEqual(
      replicas.map(() => ['usable', true]),
    );
    expect(provider.isGrantAlive).toBe(true);
  });

  it('reads the row once when it asks the provider', async () => {
    const [key, provider] = await connected();
    await expire(key);
    let reads = 0;
    const counting = new Proxy(rows, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (String(name).startsWith('read')) reads += 1;
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    expect(await accessToken(new TokenRefresher(counting, seal, times), key, provider)).toBe('access-2');
    expect(reads).toBe(1);
  });

  it('tries to save again while the database does not take it', async () => {
    const [key, provider] = await connected();
    await expire(key);
    let failures = 3;
    const unsteady = new Proxy(rows, {
      get(target, name) {
        if (name === 'save' && failures > 0) {
          return async () => {
            failures -= 1;
            throw new Error('deadlock');
          };
        }
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    const refresher = new TokenRefresher(unsteady, seal, times);
    expect(await accessToken(refresher, key, provider)).toBe('access-2');
    expect([failures, provider.presented]).toEqual([0, ['refresh-1']]);
  });

  it('saves for the user that the row has got meanwhile', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const renamed = accountRef(`${key.userId}-renamed`, key.connectionName);
    provider.beforeAnswer = () => rename(key, renamed);
    expect(await accessToken(one(), key, provider)).toBe('gone');
    const row = await rows.read(renamed);
    expect(row && (await seal.openAccessToken(row))).toBe('access-2');
    expect(provider.revoked).toEqual([]);
  });

  it('tells what a run came to once, however many callers share it', async () => {
    const [key, provider] = await connected();
    await expire(key);
    observed.length = 0;
    await Promise.all(Array.from({ length: 5 }, () => accessToken(one(), key, provider)));
    expect(observed).toEqual(['usable']);
  });

  it('keeps nothing of an earlier grant when the user connects again', async () => {
    const [key, provider] = await connected();
    const again = { ...provider.issue(), refreshToken: undefined };
    await put(key, again);
    expect(await rows.read(key)).toMatchObject({ refreshTokenEncrypted: null, providerMetadata: null });
  });

  it('neither claims nor writes what it has no key for', async () => {
    const [key, provider] = await connected();
    await expire(key);
    const before = await rows.read(key);
    const stranger = new TokenSeal(keyRing({ current: 'k2', keys: { k2: randomBytes(32) } }));
    const refresher = new TokenRefresher(rows, stranger, times);
    await expect(refresher.refresh(key, { provider, marginMs, observer })).rejects.toMatchObject({
      code: 'key_unknown',
    });
    expect(await rows.read(key)).toEqual(before);
    expect(provider.presented).toEqual([]);
  });
});
