/**
 * Decides which process registers a client: a row without a client is a claim, until its lease ends. If a claim was taken over,
 * the client that is stored first counts, and the other process uses it, too. The id of a row identifies its client.
 */
import { randomUUID } from 'node:crypto';
import type { TableStatements } from '../../database/table-statements';
import type { RegisteredClient } from '../../oauth/registration-answer';
import { pause } from '../../pauses';
import type { RegistrationKey, RegistrationRow, RegistrationSeal } from './row';
import type { RegistrationTable } from './table';

/** A registered client that could be decrypted, and its row. */
export interface Registration extends RegistrationKey {
  readonly id: string;
  readonly client: RegisteredClient;
}

const doing = 'Registering a client';

const RETRY_MS = 50;

export class RegistrationClaims {
  /** @param leaseMs how long others wait for the process that registers; longer than a request may take */
  constructor(
    private readonly statements: TableStatements,
    private readonly table: RegistrationTable,
    private readonly seal: RegistrationSeal,
    private readonly leaseMs: number,
  ) {}

  /**
   * Claims a registration and carries it out.
   * @param over the row of an earlier claim that is over; undefined where there is no row
   * @param deadline of storing the client, by `performance.now()`
   * @returns null when the row says which client counts: another process has claimed or stored one, or the answer to storing was lost
   */
  async register(
    key: RegistrationKey,
    over: RegistrationRow | undefined,
    register: () => Promise<RegisteredClient>,
    deadline: number,
  ): Promise<Registration | null> {
    const id = randomUUID();
    try {
      if (!(await this.isClaimed(id, key, over))) return null;
      const client = await register();
      const encrypted = await this.seal.close(client, key);
      const isStored = await this.isStored(id, key, encrypted, client.expiresAt, deadline);
      return isStored ? { ...key, id, client } : null;
    } catch (error) {
      // The others need not wait for a registration that has failed.
      await this.statements.touches(this.table.release(id), doing).catch(() => undefined);
      throw error;
    }
  }

  private async isClaimed(
    id: string,
    key: RegistrationKey,
    over: RegistrationRow | undefined,
  ): Promise<boolean> {
    if (over) return this.statements.touches(this.table.takeOver(over, id, this.leaseMs), doing);
    const insert = this.table.insert(id, key, this.leaseMs);
    return (await this.statements.touchesUnlessTaken(insert, doing)) === true;
  }

  /** @returns false when another process has stored its client, or when it was stored before an error of the database */
  private async isStored(
    id: string,
    key: RegistrationKey,
    encrypted: string,
    expiresAt: number | null,
    deadline: number,
  ): Promise<boolean> {
    for (;;) {
      try {
        const store = this.table.store(id, key, encrypted, expiresAt);
        return await this.statements.touches(store, doing);
      } catch (error) {
        if (performance.now() >= deadline) throw error;
        await pause(RETRY_MS);
      }
    }
  }
}
