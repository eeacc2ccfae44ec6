/**
 * Clients that authorization servers have registered for us, one for a connection, an issuer and a redirect URI, and those
 * that are set aside: no flow uses them, and tokens that were issued to them are still refreshed and revoked by them.
 */
import { setTimeout } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { Engine } from '../database/engine';
import type { StatementOptions } from '../database/script';
import { TableStatements } from '../database/table-statements';
import { ConnectionsError, isConnectionsError, quote } from '../errors';
import type { Log } from '../logging';
import type { RegisteredClient } from '../oauth/registration-answer';
import type { TokenCipher } from '../tokens/cipher';
import type { ReencryptReport } from '../tokens/reencrypt';
import type { Registration } from './registration-claims';
import { RegistrationClaims } from './registration-claims';
import { RegistrationSeal } from './registration-seal';
import type { RegistrationKey, RegistrationRow } from './registration-table';
import { MAX_REDIRECT_URI, RegistrationTable, isAside, redirectUriAside } from './registration-table';
import type { FingerprintOf } from './registration-sweep';
import { RegistrationSweep } from './registration-sweep';

const doing = 'Registering a client';
const RENAME_ROUNDS = 5;
const POLL_MS = 50;
const MAX_ISSUER = 255;

export class RegistrationRows {
  private readonly table: RegistrationTable;
  private readonly statements: TableStatements;
  private readonly seal: RegistrationSeal;
  private readonly claims: RegistrationClaims;
  private readonly sweep: RegistrationSweep;

  /** @param leaseMs how long others wait for the process that registers; longer than a request may take */
  constructor(
    dataSource: DataSource,
    engine: Engine,
    cipher: TokenCipher,
    how: StatementOptions,
    leaseMs: number,
    private readonly log: Log,
  ) {
    this.table = new RegistrationTable(dataSource, engine);
    this.statements = new TableStatements(dataSource, engine, how);
    this.seal = new RegistrationSeal(cipher);
    this.claims = new RegistrationClaims(this.statements, this.table, this.seal, leaseMs);
    this.sweep = new RegistrationSweep(this.statements, this.table, this.seal, (where) => this.rows(where));
  }

  /**
   * The client for a connection, an issuer and a redirect URI, registered now if there is none that will do or its secret has
   * expired.
   * @param register given the clients in whose place it registers one
   * @param how `deadline` of waiting for another process that registers it, by `performance.now()`; `fingerprintOf` tokens that
   * are issued to a client; `isEnough` whether a client will do
   */
  async client(
    key: RegistrationKey,
    register: (predecessors: readonly RegisteredClient[]) => Promise<RegisteredClient>,
    how: {
      readonly deadline: number;
      readonly fingerprintOf: FingerprintOf;
      readonly isEnough: (client: RegisteredClient) => boolean;
    },
  ): Promise<Registration> {
    const { issuer, redirectUri } = key;
    const { deadline, fingerprintOf, isEnough } = how;
    if (issuer.length > MAX_ISSUER || redirectUri.length > MAX_REDIRECT_URI) throw tooLong(issuer);
    const predecessors: Registration[] = [];
    for (let isLate = false; ; isLate = performance.now() >= deadline) {
      const [row] = await this.rows(key);
      const found = row && row.clientEncrypted !== '' && !row.isOver ? await this.opened(row) : null;
      if (found && isEnough(found.client)) return found;
      if (isLate) throw stillRegistering(issuer);
      if (found) {
        await this.setAside(found);
        predecessors.push(found);
        continue;
      }
      if (row?.isOver && row.clientEncrypted !== '') {
        // Its secret has expired. Should the clock be wrong, its users need it again.
        await this.setAside(row);
        continue;
      }
      if (!row || row.isOver) {
        const clients = predecessors.map(({ client }) => client);
        const registering = this.claims.register(key, row, () => register(clients), deadline);
        const registration = await registering.catch((error: unknown) =>
          this.restore(predecessors.at(-1), error),
        );
        if (registration) {
          await this.sweep.after(key, fingerprintOf);
          return registration;
        }
      }
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

  /** For a client that its server has forgotten, or whose secret has expired; the next flow registers another. */
  async setAside(registration: Pick<Registration, 'id' | 'redirectUri'>): Promise<void> {
    if (isAside(registration)) return;
    await this.statements.touches(this.table.setAside(registration), 'Setting a client aside');
  }

  /** The client of a redirect URI, at a server that registers no more; null where there is none. */
  async current(key: RegistrationKey): Promise<Registration | null> {
    const [row] = await this.rows(key);
    return row && row.clientEncrypted !== '' && !row.isOver ? this.opened(row) : null;
  }

  /** Sets the client of a redirect URI aside, if there is one, even where it cannot be decrypted. */
  async setAsideOf(key: RegistrationKey): Promise<void> {
    const [row] = await this.rows(key);
    if (row && row.clientEncrypted !== '') await this.setAside(row);
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

  /** Encrypts every client with the current key; one that cannot be decrypted stays as it is. */
  async reencrypt(): Promise<Omit<ReencryptReport, 'legacy'>> {
    const counts = { rewritten: 0, current: 0, skipped: 0 };
    const failed: ReencryptReport['failed'][number][] = [];
    for (const row of await this.rows({})) {
      if (row.clientEncrypted === '' || this.seal.isCurrent(row)) {
        counts.current += 1;
        continue;
      }
      try {
        const rewrite = this.table.rewrite(row, await this.seal.again(row));
        const isDone = await this.statements.touches(rewrite, doing);
        counts[isDone ? 'rewritten' : 'skipped'] += 1;
      } catch (error) {
        failed.push({ connectionName: row.connectionName, code: this.told(error).code });
      }
    }
    return { ...counts, failed };
  }

  /** Brings back the client that was set aside, where none could be registered in its place: it may do for other flows. */
  private async restore(predecessor: Registration | undefined, error: unknown): Promise<never> {
    const restoring =
      predecessor && this.statements.touchesUnlessTaken(this.table.restore(predecessor), doing);
    await restoring?.catch(() => undefined);
    throw error;
  }

  /** The error of a client that cannot be decrypted; its message names the row. Throws any other. */
  private told(error: unknown): ConnectionsError {
    if (!isConnectionsError(error, 'key_unknown', 'ciphertext_invalid')) throw error;
    this.log('warn', error.message);
    return error;
  }

  private async renamed(row: RegistrationRow, to: string): Promise<void> {
    const encrypted = await this.seal.again(row, to);
    // Where users have connected under the new name, the redirect URI has a client there.
    for (const redirectUri of [row.redirectUri, redirectUriAside(row)]) {
      const statement = this.table.rename(row, { connectionName: to, redirectUri }, encrypted);
      if ((await this.statements.touchesUnlessTaken(statement, 'Renaming a client')) !== 'taken') return;
    }
  }

  /**
   * The latest first.
   * @param where compared byte for byte, whatever the collation of a column
   */
  private async rows(where: Readonly<Partial<RegistrationKey>>): Promise<RegistrationRow[]> {
    const rows = await this.statements.rows(this.table.select(where), doing);
    return rows
      .filter((row) => Object.entries(where).every(([name, value]) => row[name] === value))
      .map((row) =>
        Object.assign(row as unknown as RegistrationRow, { isOver: Number(row['isOver']) === 1 }),
      );
  }

  private async opened(row: RegistrationRow): Promise<Registration> {
    const { id, redirectUri } = row;
    return { id, redirectUri, client: await this.seal.open(row) };
  }
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
    `A registration at ${quote(issuer, 80)} cannot be stored: the issuer may have ${MAX_ISSUER} characters and the redirect URI ` +
      `${MAX_REDIRECT_URI}. Register a client by hand, and declare its \`client_id\`.`,
  );
}
