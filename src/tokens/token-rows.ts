/**
 * One row of tokens in the database, or those of one user. Each write is a single statement on a connection that no host uses meanwhile,
 * so that a host's rollback cannot undo it. Reads that arrive together share a query. The writes of refreshes share a transaction;
 * `rewrite` and `put` never do.
 */
import type { Database } from '../database/engine';
import { isLasting } from '../database/database-error';
import { GroupCommit } from '../database/group-commit';
import { Lookup } from '../database/lookup';
import type { RowValues, Statement } from '../database/statement';
import { TableStatements } from '../database/table-statements';
import type { ReauthorizationReason } from '../error-codes';
import type { ConnectionsError } from '../errors';
import type { AccountRef } from './account-ref';
import { isSameAccount } from './account-ref';
import type { ListedToken } from './listed-token';
import { listedShape, listedToken } from './listed-token';
import type { LivingToken } from './living-token';
import { fitsInLines, livingToken } from './living-token';
import type {
  Grant,
  RevocableToken,
  SavedToken,
  SaveOptions,
  SealedToken,
  ServedToken,
  StoredToken,
  TokensId,
  TokenValues,
} from './token-row';
import { keyProperties, revocableShape, savedOver, sealedShape, servedShape, storedShape } from './token-row';
import { TokenReads } from './token-reads';
import type { RefreshFailure } from './token-notes';
import { TokenNotes } from './token-notes';
import { TokenWrites } from './token-writes';

/** What became of a save. */
export type SaveResult =
  | { readonly kind: 'saved'; readonly row: SavedToken }
  /** The row, as it is now, was rewritten meanwhile: the values may be encrypted for another key. */
  | { readonly kind: 'changed'; readonly row: StoredToken }
  | { readonly kind: 'superseded' | 'gone' };

export class TokenRows {
  private readonly reads: TokenReads;
  private readonly writes: TokenWrites;
  private readonly notes: TokenNotes;
  private readonly statements: TableStatements;
  private readonly living: Lookup;
  /** What a refresh writes, which is always about one row. */
  private readonly commits: GroupCommit;
  private readonly served: Lookup;
  private readonly stored: Lookup;
  private readonly listed: Lookup;
  private readonly byId: Lookup;
  private readonly revocable: Lookup;

  constructor(private readonly database: Database) {
    this.statements = new TableStatements(database);
    this.commits = new GroupCommit(database, WRITING);
    this.reads = new TokenReads(database);
    this.writes = new TokenWrites(database);
    this.notes = new TokenNotes(database);
    this.living = new Lookup(database, this.reads.living());
    this.served = new Lookup(database, this.reads.lookup(servedShape, keyProperties));
    const stored = (key: readonly (keyof AccountRef | 'id')[]) =>
      new Lookup(database, this.reads.lookup(storedShape, key));
    this.stored = stored(keyProperties);
    this.listed = new Lookup(database, this.reads.lookup(listedShape, ['userId']));
    this.byId = stored(['id']);
    this.revocable = new Lookup(database, this.reads.lookup(revocableShape, keyProperties));
  }

  /**
   * What serving a token takes while it lives. A promise only where the driver gives one.
   * @returns null where there is none, or the row has to be read to know
   */
  readLiving(ref: AccountRef): LivingToken | null | Promise<LivingToken | null> {
    if (!fitsInLines(ref)) return null;
    const found = this.living.findAtOnce([ref.userId, ref.connectionName, ref.account]);
    return found instanceof Promise ? found.then((rows) => livingAmong(rows, ref)) : livingAmong(found, ref);
  }

  /** The columns that tell what can be done with tokens, and serve the access token. */
  async readServed({ userId, connectionName, account }: AccountRef): Promise<ServedToken | null> {
    const [row] = await this.served.find([userId, connectionName, account]);
    return row ? servedShape.row(row) : null;
  }

  async read({ userId, connectionName, account }: AccountRef): Promise<StoredToken | null> {
    const [row] = await this.stored.find([userId, connectionName, account]);
    return row ? storedShape.row(row) : null;
  }

  /** The columns that a user is shown. */
  async list(userId: string): Promise<readonly ListedToken[]> {
    return (await this.listed.find([userId])).map(listedToken);
  }

  /** As much as deleting it takes. */
  async readRevocable({ userId, connectionName, account }: AccountRef): Promise<RevocableToken | null> {
    const [row] = await this.revocable.find([userId, connectionName, account]);
    return row ? revocableShape.row(row) : null;
  }

  async readById(id: string): Promise<StoredToken | null> {
    const [row] = await this.byId.find([id]);
    return row ? storedShape.row(row) : null;
  }

  /**
   * The statement that reads the row of the account which a flow is for.
   * @param flows the table of flows, with escaped names
   */
  ofFlow(flows: Parameters<TokenReads['ofFlow']>[0], state: string): Statement {
    return this.reads.ofFlow(flows, state);
  }

  /** Of rows that a statement has read, the one of this account, compared byte for byte. */
  rowOf(ref: AccountRef, read: readonly RowValues[]): StoredToken | null {
    return storedTokens(read).find((row) => isSameAccount(row, ref)) ?? null;
  }

  /**
   * @param onSend called when the statement is sent, from when the lease counts at the earliest; the last call counts
   * @returns whether this process now owns the next generation, for as long as the lease lasts
   */
  async claim(seen: StoredToken, leaseMs: number, onSend?: () => void): Promise<boolean> {
    return this.commits.touches(this.writes.claim(seen, leaseMs), seen.id, onSend);
  }

  async save(
    seen: StoredToken,
    claimed: number,
    values: TokenValues,
    given: Partial<SaveOptions> = {},
  ): Promise<SaveResult> {
    const options = { at: now(), isAfterRejection: false, ...given };
    if (await this.commits.touches(this.writes.save(seen, claimed, values, options), seen.id)) {
      return { kind: 'saved', row: savedOver(seen, claimed, values, options) };
    }
    const row = await this.readById(seen.id);
    if (!row) return { kind: 'gone' };
    if (row.generation < claimed) return { kind: 'changed', row };
    if (row.generation > claimed) return { kind: 'superseded' };
    // No other claim has this number: the answer to an earlier attempt was lost.
    const { statusReason } = values;
    return { kind: 'saved', row: { ...row, statusReason } };
  }

  async release(seen: StoredToken, claimed: number): Promise<void> {
    await this.commits.touches(this.writes.release(seen.id, claimed), seen.id);
  }

  /**
   * Ends a claim whose refresh has failed.
   * @returns false when another process saved or claimed meanwhile
   */
  async fail(seen: StoredToken, claimed: number, failure: RefreshFailure): Promise<boolean> {
    return this.commits.touches(this.notes.fail(seen, claimed, failure), seen.id);
  }

  /** Remembers a refresh that failed before a request could be sent. */
  async noteUnsentFailure(seen: TokensId): Promise<void> {
    await this.commits.touches(this.notes.noteUnsentFailure(seen), seen.id);
  }

  /**
   * @param isInVain true when a refresh had brought them; false when none has brought, or can bring, others
   * @returns false when the row has other tokens by now, or says so already
   */
  async reject(seen: ServedToken, isInVain: boolean): Promise<boolean> {
    return this.commits.touches(this.notes.reject(seen, isInVain), seen.id);
  }

  /** @returns false when the row has other tokens by now, or no API has rejected them */
  async accept(seen: ServedToken): Promise<boolean> {
    return this.commits.touches(this.notes.accept(seen), seen.id);
  }

  /** @returns false when the row has other tokens by now, or that doubt already */
  async doubt(seen: ServedToken, doubt: ReauthorizationReason): Promise<boolean> {
    return this.commits.touches(this.notes.doubt(seen, doubt), seen.id);
  }

  /** @returns false when another process saved or claimed meanwhile */
  async mark(seen: StoredToken, claimed: number, reason: ReauthorizationReason): Promise<boolean> {
    return this.commits.touches(this.notes.mark(seen, claimed, reason, now()), seen.id);
  }

  /**
   * The same tokens with another key of the cipher, for another user or another connection.
   * @returns `changed` when the row is no longer as it was read, or is being refreshed; `taken` when that account has a
   * row already
   */
  async rewrite(
    seen: SealedToken,
    changes: Readonly<Record<string, string | null>>,
  ): Promise<'rewritten' | 'changed' | 'taken'> {
    const result = await this.statements.touchesUnlessTaken(this.writes.rewrite(seen, changes), WRITING);
    return result === 'taken' ? result : result ? 'rewritten' : 'changed';
  }

  /**
   * Writes the tokens of a grant into a new row, or over one, even while that is being refreshed; and deletes the flow of the
   * grant. All of it is done, or nothing.
   * @param over the row as it was read; null where there was none
   * @param flow the statement that deletes it
   * @returns `changed` when the row is no longer as it was read, `taken` when there is one, `ended` when there is no flow
   */
  async put(
    ref: AccountRef,
    values: TokenValues,
    grant: Grant,
    over: StoredToken | null,
    flow?: Statement,
  ): Promise<'put' | 'changed' | 'taken' | 'ended'> {
    const write = over
      ? this.writes.replace(over, values, grant, now())
      : this.writes.insert({ ref, values, grant }, now());
    const statements = flow ? [flow, write] : [write];
    const done = await this.statements.all(statements, WRITING);
    if (done === 'taken') return 'taken';
    if (done === statements.length) return 'put';
    return flow && done === 0 ? 'ended' : 'changed';
  }

  /** Whether a constraint that the host has added refuses a row. */
  isRefusedRow(error: ConnectionsError): boolean {
    return this.database.engine.failure(error.cause) === 'constraint';
  }

  /** Whether an error of this table would come again, however often the same is tried. */
  isLasting(error: unknown): boolean {
    return isLasting(this.database.engine, error);
  }

  /** Whether the unique key of the table mistakes an account for another: a column compares without regard to case or accents. */
  async isMistaken(ref: AccountRef): Promise<boolean> {
    const rows = await this.statements.rows(this.reads.page(ref, '', 1), READING);
    return rows.some((values) => !isSameAccount(sealedShape.row(values), ref));
  }
}

const READING = 'Reading tokens';
const WRITING = 'Writing tokens';

const now = () => new Date().toISOString();

function livingAmong([row]: readonly RowValues[], ref: AccountRef): LivingToken | null {
  return row ? livingToken(row, ref) : null;
}

const storedTokens = (read: readonly RowValues[]) => read.map((values) => storedShape.row(values));
