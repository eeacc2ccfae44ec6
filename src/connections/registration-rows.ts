/**
 * Clients that authorization servers have registered for us, one for an issuer and a redirect URI. Whoever puts the row
 * there registers; everybody else waits for what comes of it, and takes over when nothing does.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { DataSource, EntityMetadata } from 'typeorm';
import type { Engine } from '../database/engine';
import { columnName, escapedPath } from '../database/path';
import { TableStatements, statement } from '../database/table-statements';
import { ConnectionClientRegistration } from '../entities';
import { toInstant } from '../entities/instant';
import { ConnectionsError, quote } from '../errors';
import type { RegisteredClient } from '../oauth/registration';
import type { CipherPlace, TokenCipher } from '../tokens/cipher';

/** A registration that is there. */
export interface Registration {
  readonly id: string;
  readonly client: RegisteredClient;
  readonly encrypted: string;
}

interface Row {
  readonly id: string;
  readonly issuer: string;
  readonly redirectUri: string;
  /** Empty while somebody registers. */
  readonly clientEncrypted: string;
  /** Whether the secret, or the time to register, is over. */
  readonly isOver: boolean;
}

const doing = 'Registering a client';
const POLL_MS = 50;
const MAX_ISSUER = 255;
const MAX_REDIRECT_URI = 500;

export class RegistrationRows {
  private readonly path: string;
  private readonly metadata: EntityMetadata;
  private readonly statements: TableStatements;

  /** @param leaseMs for how long others wait for who registers; longer than a request may take */
  constructor(
    private readonly dataSource: DataSource,
    private readonly engine: Engine,
    private readonly cipher: TokenCipher,
    timeoutMs: number,
    private readonly leaseMs: number,
  ) {
    this.metadata = dataSource.getMetadata(ConnectionClientRegistration);
    this.path = escapedPath(dataSource, this.metadata.tablePath);
    this.statements = new TableStatements(dataSource, engine, timeoutMs);
  }

  /** The client for an issuer and a redirect URI, registered now if it never was, or its secret is over. */
  async client(
    issuer: string,
    redirectUri: string,
    register: () => Promise<RegisteredClient>,
  ): Promise<Registration> {
    if (issuer.length > MAX_ISSUER || redirectUri.length > MAX_REDIRECT_URI) throw tooLong(issuer);
    const until = performance.now() + 3 * this.leaseMs;
    while (performance.now() < until) {
      const row = await this.read(issuer, redirectUri);
      if (row && row.clientEncrypted !== '' && !row.isOver) return this.opened(row);
      const id = await this.claim(issuer, redirectUri, row);
      if (id !== null) return this.registered(id, issuer, redirectUri, register);
      await setTimeout(POLL_MS);
    }
    throw new ConnectionsError(
      'provider_unavailable',
      `Other processes tried to register a client at ${quote(issuer, 200)} and none succeeded. Try again in a while.`,
    );
  }

  /** Every client that is registered at an issuer. */
  async clientsOf(issuer: string): Promise<Registration[]> {
    const rows = await this.select((value) => `${this.column('issuer')} = ${value(issuer)}`);
    const there = rows.filter((row) => row.issuer === issuer && row.clientEncrypted !== '');
    return Promise.all(there.map((row) => this.opened(row)));
  }

  /** For a server that does not know its client any more; the next flow registers another. */
  async forget({ id, encrypted }: Registration): Promise<void> {
    const deletion = statement(
      this.engine,
      (value) =>
        `DELETE FROM ${this.path} WHERE ${this.column('id')} = ${value(id)} ` +
        `AND ${this.column('clientEncrypted')} = ${value(encrypted)}`,
    );
    await this.statements.touches(deletion, 'Forgetting a client');
  }

  /** Brings every client under today's key; one that does not open stays as it is. */
  async reencrypt(): Promise<{
    readonly rewritten: number;
    readonly current: number;
    readonly skipped: number;
  }> {
    const counts = { rewritten: 0, current: 0, skipped: 0 };
    for (const row of await this.select(() => '1 = 1')) {
      if (row.clientEncrypted === '' || this.cipher.isCurrent(row.clientEncrypted)) {
        counts.current += 1;
        continue;
      }
      const text = await Promise.resolve(this.cipher.decrypt(row.clientEncrypted, placeOf(row))).catch(
        () => null,
      );
      const isDone = text !== null && (await this.put(row, await this.cipher.encrypt(text, placeOf(row))));
      counts[isDone ? 'rewritten' : 'skipped'] += 1;
    }
    return counts;
  }

  private async registered(
    id: string,
    issuer: string,
    redirectUri: string,
    register: () => Promise<RegisteredClient>,
  ): Promise<Registration> {
    const pending = { id, issuer, redirectUri, clientEncrypted: '' };
    try {
      const client = await register();
      const encrypted = await this.cipher.encrypt(JSON.stringify(client), placeOf(pending));
      await this.put(pending, encrypted, client.expiresAt);
      return { id, client, encrypted };
    } catch (error) {
      // The others need not wait for what will not come.
      await this.forget({ id, encrypted: '', client: NO_CLIENT }).catch(() => undefined);
      throw error;
    }
  }

  /** @returns the id of the row that is ours to fill, or null when it is another's */
  private async claim(issuer: string, redirectUri: string, row: Row | null): Promise<string | null> {
    const lease = this.engine.instantFromNow(this.leaseMs);
    if (row) {
      if (!row.isOver) return null;
      const takeOver = statement(
        this.engine,
        (value) =>
          `UPDATE ${this.path} SET ${this.column('clientEncrypted')} = '', ${this.column('expiresAt')} = ${lease} ` +
          `WHERE ${this.column('id')} = ${value(row.id)} ` +
          `AND ${this.column('clientEncrypted')} = ${value(row.clientEncrypted)} ` +
          `AND ${this.column('expiresAt')} <= ${this.engine.instantFromNow(0)}`,
      );
      return (await this.statements.touches(takeOver, doing)) ? row.id : null;
    }
    const id = randomUUID();
    const names = ['id', 'issuer', 'redirectUri', 'clientEncrypted', 'expiresAt', 'createdAt', 'updatedAt'];
    const insert = statement(this.engine, (value) => {
      const now = this.engine.instantFromNow(0);
      const values = [value(id), value(issuer), value(redirectUri), "''", lease, now, now];
      const columns = names.map((name) => this.column(name));
      return `INSERT INTO ${this.path} (${columns.join(', ')}) VALUES (${values.join(', ')})`;
    });
    return (await this.statements.touchesUnlessTaken(insert, doing)) === true ? id : null;
  }

  /** @param expiresAt undefined leaves it */
  private put(
    row: Pick<Row, 'id' | 'clientEncrypted'>,
    encrypted: string,
    expiresAt?: number | null,
  ): Promise<boolean> {
    const update = statement(this.engine, (value) => {
      const set = [`${this.column('clientEncrypted')} = ${value(encrypted)}`];
      if (expiresAt !== undefined) {
        set.push(
          `${this.column('expiresAt')} = ${value(expiresAt === null ? null : toInstant(new Date(expiresAt)))}`,
        );
      }
      set.push(`${this.column('updatedAt')} = ${this.engine.instantFromNow(0)}`);
      return (
        `UPDATE ${this.path} SET ${set.join(', ')} WHERE ${this.column('id')} = ${value(row.id)} ` +
        `AND ${this.column('clientEncrypted')} = ${value(row.clientEncrypted)}`
      );
    });
    return this.statements.touches(update, doing);
  }

  private async read(issuer: string, redirectUri: string): Promise<Row | null> {
    const rows = await this.select(
      (value) =>
        `${this.column('issuer')} = ${value(issuer)} AND ${this.column('redirectUri')} = ${value(redirectUri)}`,
    );
    return rows.find((row) => row.issuer === issuer && row.redirectUri === redirectUri) ?? null;
  }

  private async select(where: (value: (given: unknown) => string) => string): Promise<Row[]> {
    const names = ['id', 'issuer', 'redirectUri', 'clientEncrypted'];
    const columns = names.map((name) => `${this.column(name)} AS ${this.dataSource.driver.escape(name)}`);
    const over = `CASE WHEN ${this.column('expiresAt')} <= ${this.engine.instantFromNow(0)} THEN 1 ELSE 0 END`;
    const selection = statement(
      this.engine,
      (value) =>
        `SELECT ${columns.join(', ')}, ${over} AS ${this.dataSource.driver.escape('isOver')} FROM ${this.path} ` +
        `WHERE ${where(value)}`,
    );
    const rows = await this.statements.rows(selection, doing);
    return rows.map((row) => ({ ...(row as unknown as Row), isOver: Number(row['isOver']) === 1 }));
  }

  private async opened(row: Row): Promise<Registration> {
    const text = await this.cipher.decrypt(row.clientEncrypted, placeOf(row));
    return { id: row.id, client: JSON.parse(text) as RegisteredClient, encrypted: row.clientEncrypted };
  }

  private column(property: string): string {
    return this.dataSource.driver.escape(columnName(this.metadata, property));
  }
}

const NO_CLIENT: RegisteredClient = { clientId: '', clientSecret: null, authMethod: null, expiresAt: null };

function placeOf({ issuer, redirectUri }: Pick<Row, 'issuer' | 'redirectUri'>): CipherPlace {
  return { table: 'connection_client_registrations', column: 'client_encrypted', row: [issuer, redirectUri] };
}

function tooLong(issuer: string): ConnectionsError {
  return new ConnectionsError(
    'client_unregistered',
    `The issuer ${quote(issuer, 80)} or the redirect URI is too long for a registration to be kept ` +
      `(${MAX_ISSUER} and ${MAX_REDIRECT_URI} characters). Declare a \`client_id\`.`,
  );
}
