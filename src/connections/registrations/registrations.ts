/**
 * Clients that authorization servers have registered for us, one for a connection, an issuer and a redirect URI, and those
 * that are set aside: no flow uses them, and tokens that were issued to them are still refreshed and revoked by them.
 */
import type { Database } from '../../database/engine';
import { TableStatements } from '../../database/table-statements';
import { ConnectionsError, quote } from '../../errors';
import type { Log } from '../../logging';
import type { RegisteredClient } from '../../oauth/registration-answer';
import { noTimeLeft } from '../../oauth/registration-error';
import { pause } from '../../pauses';
import type { TokenCipher } from '../../tokens/cipher';
import { type Registration, RegistrationClaims } from './claims';
import { RegistrationRewrites } from './rewrites';
import {
  RegistrationSeal,
  type ReadRegistrations,
  type RegistrationKey,
  type RegistrationRow,
  isAside,
  MAX_REDIRECT_URI,
  registrationShape,
} from './row';
import { type FingerprintOf, RegistrationSweep } from './sweep';
import { RegistrationTable } from './table';

const doing = 'Registering a client';

const POLL_MS = 50;

const MAX_ISSUER = 255;

export interface ClientSearch {
  /** Of the whole search, by `performance.now()`. */
  readonly deadline: number;
  readonly fingerprintOf: FingerprintOf;
  readonly isEnough: (client: RegisteredClient) => boolean;
  /** Whether another client is registered in place of the one that is there. */
  readonly newClient: boolean;
}

/** What a search has set aside. */
interface Replaced {
  readonly clients: RegisteredClient[];
  /** Of a client that other flows can use. */
  last: Pick<Registration, 'id' | 'redirectUri'> | undefined;
}

export class RegistrationRows {
  readonly rewrites: RegistrationRewrites;
  private readonly table: RegistrationTable;
  private readonly statements: TableStatements;
  private readonly seal: RegistrationSeal;
  private readonly claims: RegistrationClaims;
  private readonly sweep: RegistrationSweep;

  /** @param leaseMs how long others wait for the process that registers; longer than a request may take */
  constructor(database: Database, cipher: TokenCipher, leaseMs: number, log: Log) {
    this.table = new RegistrationTable(database);
    this.statements = new TableStatements(database);
    this.seal = new RegistrationSeal(cipher);
    this.claims = new RegistrationClaims(this.statements, this.table, this.seal, leaseMs);
    const rows: ReadRegistrations = (where) => this.rows(where);
    this.sweep = new RegistrationSweep(this.statements, this.table, this.seal, rows);
    this.rewrites = new RegistrationRewrites(this.statements, this.table, this.seal, rows, log);
  }

  /**
   * The client for a connection, an issuer and a redirect URI, registered now if there is none that will do or its secret has
   * expired.
   * @param register given the clients in whose place it registers one
   */
  async client(
    key: RegistrationKey,
    register: (predecessors: readonly RegisteredClient[]) => Promise<RegisteredClient>,
    how: ClientSearch,
  ): Promise<Registration> {
    const { issuer, redirectUri } = key;
    if (issuer.length > MAX_ISSUER || redirectUri.length > MAX_REDIRECT_URI) throw tooLong(issuer);
    const replaced: Replaced = { clients: [], last: undefined };
    try {
      return await this.search(key, register, how, replaced);
    } catch (error) {
      // The client may do for other flows. A failure to restore it must not hide the original error.
      if (replaced.last) await this.restore(replaced.last).catch(() => undefined);
      throw error;
    }
  }

  private async search(
    key: RegistrationKey,
    register: (predecessors: readonly RegisteredClient[]) => Promise<RegisteredClient>,
    { deadline, fingerprintOf, isEnough, newClient }: ClientSearch,
    replaced: Replaced,
  ): Promise<Registration> {
    const { issuer } = key;
    let hasWaited = false;
    for (let isFirst = true; ; isFirst = false) {
      const [row] = await this.rows(key);
      const isStored = row !== undefined && row.clientEncrypted !== '';
      const isUnwanted = isFirst && newClient;
      const opening = isStored && !row.isOver ? this.decrypt(row) : null;
      // One that no key decrypts can be replaced, too.
      const client = await (isUnwanted ? opening?.catch(() => null) : opening);
      if (client && !isUnwanted && isEnough(client.client)) return client;
      if (performance.now() >= deadline) throw hasWaited ? stillRegistering(issuer) : noTimeLeft(issuer);
      if (isStored) {
        const isMine = await this.setAside(row);
        if (client) replaced.clients.push(client.client);
        // A client whose secret has expired stays set aside: if only the clock is wrong, tokens issued to it still need it.
        if (isMine && !row.isOver) replaced.last = row;
        continue;
      }
      if (!row || row.isOver) {
        const registration = await this.claims.register(key, row, () => register(replaced.clients), deadline);
        if (registration) {
          await this.sweep.after(key, fingerprintOf);
          return registration;
        }
      }
      hasWaited = true;
      await pause(POLL_MS);
    }
  }

  /** The clients of a connection that are registered at an issuer, the latest first, each decrypted once it is wanted. */
  async *clientsOf(
    connectionName: string,
    issuer: string,
  ): AsyncGenerator<PromiseSettledResult<Registration>> {
    for (const row of await this.rows({ connectionName, issuer })) {
      if (row.clientEncrypted === '') continue;
      const [one] = await Promise.allSettled([this.decrypt(row)]);
      yield one;
    }
  }

  /**
   * For a client that its server has forgotten, or whose secret has expired; the next flow registers another.
   * @returns whether no flow uses it any more
   */
  async setAside(registration: Pick<Registration, 'id' | 'redirectUri'>): Promise<boolean> {
    if (isAside(registration)) return true;
    return this.statements.touches(this.table.setAside(registration), 'Setting a client aside');
  }

  /**
   * For a client that its server may have forgotten: a user may have written that into a callback, and a server may refuse a
   * client until its operator has approved it. At most once an hour, so that neither causes a registration for each flow.
   * @returns whether no flow uses it any more
   */
  async setAsideRarely(registration: Registration): Promise<boolean> {
    const hasRecent = (await this.asideOf(registration)).some(({ isRecent }) => isRecent);
    return hasRecent ? false : this.setAside(registration);
  }

  private async current(key: RegistrationKey): Promise<Registration | null> {
    const [row] = await this.rows(key);
    return row && row.clientEncrypted !== '' && !row.isOver ? this.decrypt(row) : null;
  }

  /**
   * For a server that registers no more: the client of a redirect URI, or the latest that was set aside and will do, which then
   * has its place again.
   */
  async currentOrFormer(
    key: RegistrationKey,
    isEnough: (client: RegisteredClient) => boolean,
  ): Promise<Registration | null> {
    const current = await this.current(key);
    if (current) return current;
    const { redirectUri } = key;
    for (const row of await this.asideOf(key)) {
      if (row.isOver) continue;
      const former = await this.decrypt(row).catch(() => null);
      if (!former || !isEnough(former.client)) continue;
      await this.restore({ id: row.id, redirectUri });
      return { ...former, redirectUri };
    }
    return null;
  }

  /** The clients of a redirect URI that are set aside, the latest first. */
  private async asideOf({
    connectionName,
    issuer,
    redirectUri,
  }: RegistrationKey): Promise<RegistrationRow[]> {
    const rows = await this.rows({ connectionName, issuer });
    return rows.filter((row) => row.redirectUri.startsWith(`${redirectUri}#`));
  }

  /** Brings back a client that was set aside, where none could be registered in its place. */
  private async restore(row: Pick<Registration, 'id' | 'redirectUri'>): Promise<void> {
    await this.statements.touchesUnlessTaken(this.table.restore(row), doing);
  }

  /**
   * The latest first.
   * @param where compared byte for byte, whatever the collation of a column
   */
  private async rows(where: Parameters<ReadRegistrations>[0]): Promise<RegistrationRow[]> {
    const rows = await this.statements.rows(this.table.select(where), doing);
    const parts = Object.entries(where) as [keyof RegistrationKey, string][];
    return rows
      .map((values) => registrationShape.row(values))
      .filter((row) => parts.every(([name, value]) => row[name] === value));
  }

  private async decrypt(row: RegistrationRow): Promise<Registration> {
    const { id, connectionName, issuer, redirectUri } = row;
    return { id, connectionName, issuer, redirectUri, client: await this.seal.open(row) };
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
