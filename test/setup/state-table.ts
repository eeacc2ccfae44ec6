/** The table of authorizations in flight, and the processes that read and write it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { beforeAll } from 'vitest';
import { ConnectionOAuthState, runConnectionMigrations } from '../../src';
import { digestOf } from '../../src/connections/flow/secrets';
import { type FlowState, type ReturningUser, StateRows } from '../../src/connections/flow/state-rows';
import { databaseOn } from '../../src/database/engines';
import { atEndOfTests } from './at-end';
import { testDatabase } from './database';
import type { EngineName } from './engine-name';

export const flow: FlowState = {
  userId: 'Zoë',
  connectionName: 'atlassian',
  account: 'default',
  codeVerifier: 'encrypted',
  redirectUri: 'https://api.example.test/callback',
  issuer: null,
  originHost: null,
  returnTo: '/it\'s "here"\\',
  requestedScopes: 'read write',
  configFingerprint: 'f',
  browserBinding: null,
};

export const bound: FlowState = { ...flow, browserBinding: 'digest' };
export const nobody: ReturningUser = { userId: undefined, browserBinding: undefined };

export class StateTable {
  dataSource!: DataSource;
  states!: StateRows;
  /** Has a DataSource of its own. */
  replica!: StateRows;
  private made = 0;

  /** To be called in a `describe`, whose tests share it. */
  constructor(engine: EngineName) {
    const atEnd = atEndOfTests();
    beforeAll(async () => {
      const database = await testDatabase(engine, atEnd);
      this.dataSource = await database.connect();
      await runConnectionMigrations(this.dataSource);
      this.states = this.newProcess();
      this.replica = this.newProcess(await database.connect());
    });
  }

  /** The first flow that begins in it sweeps. */
  newProcess(dataSource = this.dataSource): StateRows {
    return new StateRows(databaseOn(dataSource, { timeoutMs: 5000, isPrepared: true }));
  }

  newDigest(): string {
    return digestOf(`state-${(this.made += 1)}`);
  }

  /** @returns the digest of its state */
  async begun(given: FlowState, by = this.states): Promise<string> {
    const digest = this.newDigest();
    await by.put(digest, given);
    return digest;
  }

  async take(digest: string, who: ReturningUser, by = this.states): Promise<FlowState | null> {
    const taken = await by.take(digest, who, randomUUID());
    if (!taken) return null;
    const { takenAt, ...began } = taken.flow;
    assert(Math.abs(Date.parse(takenAt) - Date.now()) < 60_000, `taken at ${takenAt}`);
    return began;
  }

  get rows() {
    return this.dataSource.getRepository(ConnectionOAuthState);
  }

  count(digest: string): Promise<number> {
    return this.rows.countBy({ state: digest });
  }
}
