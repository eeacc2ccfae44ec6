/** The tables of a database as the model has them, and the changes that time makes to them. */
import type { DataSource } from 'typeorm';
import { ConnectionOAuthState, UserConnectionToken } from '../../src/entities';
import type { StoredToken, TokenValues } from '../../src/tokens/token-row';
import type { Values } from './statements';
import type { Flow, Lease, Life, Row } from './rows';

const EXPIRY: Readonly<Record<Life, string>> = {
  fresh: '2100-01-01T00:00:00.000Z',
  due: '2099-01-01T00:00:00.000Z',
  expired: '2020-01-01T00:00:00.000Z',
};

/** A lease that is over for either reason is the same to whoever reads it. */
export function rowOf(token: StoredToken): Row {
  const { id, userId, expiresAt, isLeased, isReleased, grantId, grantedAt } = token;
  const lives = Object.keys(EXPIRY) as Life[];
  return {
    id,
    user: userId,
    access: token.accessTokenEncrypted,
    refresh: token.refreshTokenEncrypted,
    generation: token.generation,
    claimed: token.claimedGeneration,
    lease: isReleased ? null : isLeased ? 'running' : 'over',
    status: token.status as Row['status'],
    life: lives.find((life) => EXPIRY[life] === expiresAt) ?? 'expired',
    fingerprint: token.configFingerprint ?? '',
    grantId,
    grantedAt,
  };
}

export function readAlike(row: Row): Row {
  return { ...row, lease: row.lease === 'beyond' ? 'over' : row.lease };
}

export function valuesOf({ access, refresh, life, fingerprint, isUsable }: Values): TokenValues {
  return {
    accessTokenEncrypted: access,
    refreshTokenEncrypted: refresh,
    tokenType: 'Bearer',
    scopes: null,
    expiresAt: EXPIRY[life],
    providerMetadata: null,
    issuer: null,
    configFingerprint: fingerprint,
    statusReason: isUsable ? null : 'token_unusable',
  };
}

/** Milliseconds from now at which a lease of each kind ends; the longest lease lasts three minutes. */
const LEASE_ENDS: Readonly<Record<Exclude<Lease, null>, number>> = {
  running: 90_000,
  over: -5_000,
  beyond: 3_600_000,
};

export class RealTables {
  constructor(private readonly dataSource: DataSource) {}

  async setLease(id: string, lease: Lease): Promise<void> {
    const leaseExpiresAt = lease === null ? null : new Date(Date.now() + LEASE_ENDS[lease]);
    await this.dataSource.getRepository(UserConnectionToken).update({ id }, { leaseExpiresAt });
  }

  async begin({ state, user }: Flow): Promise<void> {
    const now = new Date();
    await this.dataSource.getRepository(ConnectionOAuthState).insert({
      state,
      userId: user,
      connectionName: 'walk',
      account: 'default',
      configFingerprint: 'f',
      createdAt: now,
      expiresAt: new Date(now.getTime() + 600_000),
    });
  }

  async expire(state: string): Promise<void> {
    await this.dataSource
      .getRepository(ConnectionOAuthState)
      .update({ state }, { expiresAt: new Date(Date.now() - 5_000) });
  }

  /** In the order of their states. */
  async flows(): Promise<Flow[]> {
    const found = await this.dataSource.getRepository(ConnectionOAuthState).find({ order: { state: 'ASC' } });
    const now = Date.now();
    return found.map(({ state, userId, grantId, expiresAt }) => ({
      state,
      user: userId,
      grantId,
      isExpired: expiresAt.getTime() <= now,
    }));
  }

  async clear(): Promise<void> {
    for (const entity of [UserConnectionToken, ConnectionOAuthState]) {
      await this.dataSource.getRepository(entity).deleteAll();
    }
  }
}
