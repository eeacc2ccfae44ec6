/**
 * Clients that authorization servers have registered for us, one for a connection, an issuer and a redirect URI. The process
 * that inserts the row registers the client; the others wait for the result, and take over when there is none.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import type { StatementOptions } from '../database/script';
import { TableStatements } from '../database/table-statements';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { Log } from '../logging';
import type { RegisteredClient } from '../oauth/registration';
import type { CipherPlace, TokenCipher } from '../tokens/cipher';
import type { ReencryptReport } from '../tokens/reencrypt';
import type { RegistrationKey, RegistrationRow } from './registration-table';
import { RegistrationTable } from './registration-table';
import { FLOW_LIFE_MS } from './state-rows';

/** A registration that could be decrypted. */
export interface Registration {
  readonly client: RegisteredClient;
  readonly row: Pick<RegistrationRow, 'id' | 'clientEncrypted'>;
}

const doing = 'Registering a client';
const RENAME_ROUNDS = 5;
const POLL_MS = 50;
const MAX_LENGTH = 255;
/** Of other issuers; a server that names more than these while one flow lives cannot have meant them. */
const MOST_YOUNG = 50;

export class RegistrationRows {
  private readonly table: RegistrationTable;
  private readonly statements: TableStatements;

  /** @param leaseMs how long others wait for the process that registers; longer than a request may take */
  constructor(
    dataSource: DataSource,
    engine: Engine,
    private readonly cipher: TokenCipher,
    how: StatementOptions,
    private readonly leaseMs: number,
    private readonly log: Log,
  ) {
    this.table = new RegistrationTable(dataSource, engine);
    this.statements = new TableStatements(dataSource, engine, how);
  }

  /**
   * The client for a connection, an issuer and a redirect URI, registered now if there is none or its secret has expired.
   * @param deadline of waiting for another process that registers it, by `performance.now()`
   */
  async client(
    key: RegistrationKey,
    register: () => Promise<RegisteredClient>,
    deadline: number,
  ): Promise<Registration> {
    const { issuer, redirectUri } = key;
    if (issuer.length > MAX_LENGTH || redirectUri.length > MAX_LENGTH) throw tooLong(issuer);
    for (;;) {
      const [row] = await this.rows(key);
      if (row && row.clientEncrypted !== '' && !row.isOver) return this.opened(row);
      const id = row ? await this.takenOver(row) : await this.begun(key);
      if (id !== null) {
        const registration = await this.registered({ id, ...key, clientEncrypted: '' }, register);
        await this.sweep(key);
        return registration;
      }
      if (performance.now() >= deadline) throw stillRegistering(issuer);
      await setTimeout(POLL_MS);
    }
  }

  /** Every client of a connection that is registered at an issuer, and the failure of one that could not be decrypted. */
  async clientsOf(
    connectionName: string,
    issuer: string,
  ): Promise<{ registrations: Registration[]; failure: PromiseRejectedResult | undefined }> {
    const rows = await this.rows({ connectionName, issuer });
    const there = rows.filter(({ clientEncrypted }) => clientEncrypted !== '');
    const results = await Promise.allSettled(there.map((row) => this.opened(row)));
    return {
      registrations: results.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : [])),
      failure: results.find((one) => one.status === 'rejected'),
    };
  }

  /** Gives a connection's clients to another name. One that cannot be decrypted stays, and the log says so. */
  async rename(from: string, to: string): Promise<void> {
    const staying = new Set<string>();
    // A row that another process has encrypted again meanwhile is read again.
    for (let round = 0; round < RENAME_ROUNDS; round += 1) {
      const rows = await this.rows({ connectionName: from });
      const waiting = rows.filter(({ id, clientEncrypted }) => clientEncrypted !== '' && !staying.has(id));
      for (const row of waiting) {
        try {
          await this.renamed(row, to);
        } catch (error) {
          this.told(error);
          staying.add(row.id);
        }
      }
      if (waiting.length === 0) return;
    }
  }

  /** For a server that has forgotten its client; the next flow registers another. */
  async forget({ row }: Pick<Registration, 'row'>): Promise<void> {
    await this.statements.touches(this.table.delete(row), 'Forgetting a client');
  }

  /** Encrypts every client with the current key; one that cannot be decrypted stays as it is. */
  async reencrypt(): Promise<Omit<ReencryptReport, 'legacy'>> {
    const counts = { rewritten: 0, current: 0, skipped: 0 };
    const failed: ReencryptReport['failed'][number][] = [];
    for (const row of await this.rows({})) {
      if (row.clientEncrypted === '' || this.cipher.isCurrent(row.clientEncrypted)) {
        counts.current += 1;
        continue;
      }
      try {
        const isDone = await this.rewritten(row);
        counts[isDone ? 'rewritten' : 'skipped'] += 1;
      } catch (error) {
        failed.push({ connectionName: row.connectionName, code: this.told(error).code });
      }
    }
    return { ...counts, failed };
  }

  /** The error of a client that cannot be decrypted; its message names the row. Throws any other. */
  private told(error: unknown): ConnectionsError {
    if (!isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) throw error;
    this.log('warn', error.message);
    return error;
  }

  private async renamed(row: RegistrationRow, to: string): Promise<void> {
    const text = await this.cipher.decrypt(row.clientEncrypted, placeOf(row));
    // Where users have connected under the new name, the redirect URI has a client there. A redirect URI has no fragment:
    // with one, no flow finds the row, and the tokens that came along are still refreshed by its client.
    const apart = `${row.redirectUri.slice(0, MAX_LENGTH - row.id.length - 1)}#${row.id}`;
    for (const redirectUri of [row.redirectUri, apart]) {
      const key = { connectionName: to, issuer: row.issuer, redirectUri };
      const encrypted = await this.cipher.encrypt(text, placeOf(key));
      const statement = this.table.rename(row, key, encrypted);
      if ((await this.statements.touchesUnlessTaken(statement, 'Renaming a client')) !== 'taken') return;
    }
  }

  private async rewritten(row: RegistrationRow): Promise<boolean> {
    const text = await this.cipher.decrypt(row.clientEncrypted, placeOf(row));
    const encrypted = await this.cipher.encrypt(text, placeOf(row));
    return this.statements.touches(this.table.put(row, encrypted), doing);
  }

  private async registered(
    row: Omit<RegistrationRow, 'isOver'>,
    register: () => Promise<RegisteredClient>,
  ): Promise<Registration> {
    try {
      const client = await register();
      const clientEncrypted = await this.cipher.encrypt(JSON.stringify(client), placeOf(row));
      await this.statements.touches(this.table.put(row, clientEncrypted, client.expiresAt), doing);
      return { client, row: { id: row.id, clientEncrypted } };
    } catch (error) {
      // The others need not wait for a registration that has failed.
      await this.forget({ row }).catch(() => undefined);
      throw error;
    }
  }

  /** A flow does not fail because old registrations could not be deleted. */
  private async sweep(key: RegistrationKey): Promise<void> {
    try {
      const rows = await this.rows({ connectionName: key.connectionName });
      const others = rows.filter(({ issuer }) => issuer !== key.issuer).length;
      if (others === 0) return;
      // The flow of a young one may not have been stored yet.
      const leastAgeMs = others > MOST_YOUNG ? 0 : FLOW_LIFE_MS;
      await this.statements.touches(this.table.deleteUnused(key, leastAgeMs), doing);
    } catch {
      // The next registration tries again.
    }
  }

  private async begun(key: RegistrationKey): Promise<string | null> {
    const id = randomUUID();
    const insert = this.table.insert(id, key, this.leaseMs);
    return (await this.statements.touchesUnlessTaken(insert, doing)) === true ? id : null;
  }

  private async takenOver(row: RegistrationRow): Promise<string | null> {
    const isOurs =
      row.isOver && (await this.statements.touches(this.table.takeOver(row, this.leaseMs), doing));
    return isOurs ? row.id : null;
  }

  /** @param where compared byte for byte, whatever the collation of a column */
  private async rows(where: Readonly<Partial<RegistrationKey>>): Promise<RegistrationRow[]> {
    const rows = await this.statements.rows(this.table.select(where), doing);
    return rows
      .filter((row) => Object.entries(where).every(([name, value]) => row[name] === value))
      .map((row) =>
        Object.assign(row as unknown as RegistrationRow, { isOver: Number(row['isOver']) === 1 }),
      );
  }

  private async opened(row: RegistrationRow): Promise<Registration> {
    const text = await this.cipher.decrypt(row.clientEncrypted, placeOf(row));
    return { client: JSON.parse(text) as RegisteredClient, row };
  }
}

function placeOf({ connectionName, issuer, redirectUri }: RegistrationKey): CipherPlace {
  const row = [connectionName, issuer, redirectUri];
  return { table: 'connection_client_registrations', column: 'client_encrypted', row };
}

function stillRegistering(issuer: string): ConnectionsError {
  return new ConnectionsError(
    'provider_unavailable',
    `Another process was registering a client at ${quote(issuer, 200)} and did not succeed in time. Try again later.`,
  );
}

function tooLong(issuer: string): ConnectionsError {
  return new ConnectionsError(
    'client_unregistered',
    `A registration at ${quote(issuer, 80)} cannot be stored: the issuer and the redirect URI may have ${MAX_LENGTH} ` +
      'characters each. Register a client by hand, and declare its `client_id`.',
  );
}
