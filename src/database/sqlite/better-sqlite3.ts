/**
 * Statements on the connection of better-sqlite3, which is synchronous: no statement of the host can become part of a
 * transaction of ours.
 */
import type { DataSource } from 'typeorm';
import { elapsedMs } from '../../pauses';
import { dataSourceOf } from '../../typeorm';
import type { Executed, Session, SessionOptions } from '../session';
import { executeSteps, undoneAfter } from '../session';
import type { RowValues, Script, Statement, StatementResult, Step } from '../statement';
import { isRequired } from '../statement';
import { isCertain, sqliteFailure } from './dialect';
import type { Exec } from './rebuild';
import type { Begin } from './turns';
import { busyWithTransaction, inTurn, untilDeadline } from './turns';

/** The part of better-sqlite3's Database that we use. */
export interface BetterSqlite3 {
  readonly inTransaction: boolean;
  pragma(source: string, options: { simple: true }): unknown;
  prepare(sql: string): PreparedStatement;
  exec(sql: string): unknown;
}

export interface PreparedStatement {
  readonly reader: boolean;
  /** From now on, `all` gives arrays. */
  raw(): unknown;
  all(...parameters: unknown[]): RowValues[];
  run(...parameters: unknown[]): { changes: number };
}

/** How the connection of a DataSource is found: another synchronous driver gives one that is used alike. */
export type ConnectionOf = (dataSource: DataSource) => BetterSqlite3;

export class BetterSqlite3Session implements Session {
  /** No row has a lock of its own. */
  readonly limitsRowWaits = true;
  constructor(
    private readonly dataSource: DataSource,
    private readonly options: SessionOptions,
    private readonly connectionOf: ConnectionOf,
  ) {}

  async execute(steps: readonly Step[]): Promise<Executed> {
    const [only, ...others] = steps;
    if (only && others.length === 0) return this.executeOne(only);
    return executeSteps(steps, (script) => this.transact(script), isCertain);
  }

  transact<Result>(script: () => Script<Result>): Promise<Result> {
    return this.whenFree(() => {
      const { connection } = this;
      withoutWaiting(connection, () => this.send({ sql: 'BEGIN IMMEDIATE' }));
      try {
        const running = script();
        let step = running.next();
        while (!step.done) step = running.next(this.send(step.value));
        withoutWaiting(connection, () => this.send({ sql: 'COMMIT' }));
        return step.value;
      } catch (error) {
        if (connection.inTransaction) this.send({ sql: 'ROLLBACK' });
        throw error;
      }
    });
  }

  async read(select: Statement): Promise<readonly RowValues[]> {
    return untilDeadline(elapsedMs() + this.options.timeoutMs, () => this.send(select).rows);
  }

  readNow(select: Statement): readonly RowValues[] | null {
    try {
      return this.send(select).rows;
    } catch (error) {
      if (sqliteFailure(error) === 'busy') return null;
      throw error;
    }
  }

  /** SQLite makes a single statement a transaction. */
  private async executeOne(step: Step): Promise<Executed> {
    if (step.isRead) return { completed: 1, rows: [await this.read(step)], changed: [false] };
    const { affected } = await this.whenFree(() => withoutWaiting(this.connection, () => this.send(step)));
    if (affected === 0 && isRequired(step)) return undoneAfter(0);
    return { completed: 1, rows: [[]], changed: [affected > 0] };
  }

  /** Runs `work` in our turn, once the host has no transaction open and the file is not locked. */
  private whenFree<Result>(work: () => Result): Promise<Result> {
    const { timeoutMs } = this.options;
    return inTurn(this.dataSource, () =>
      untilDeadline(elapsedMs() + timeoutMs, () => {
        if (this.connection.inTransaction) throw busyWithTransaction();
        return work();
      }),
    );
  }

  private send({ sql, parameters = [] }: Statement): StatementResult {
    this.dataSource.logger.logQuery(sql, [...parameters]);
    const { statement, isReader } = statementOf(this.connection, sql);
    if (isReader) return { rows: statement.all(...parameters), affected: 0 };
    return { rows: [], affected: statement.run(...parameters).changes };
  }

  private get connection(): BetterSqlite3 {
    return this.connectionOf(this.dataSource);
  }
}

export function betterSqlite3Of({ driver }: DataSource): BetterSqlite3 {
  return (driver as unknown as { readonly databaseConnection: BetterSqlite3 }).databaseConnection;
}

/** Begins a transaction that has the write lock of the file. */
export function beginSync(connectionOf: ConnectionOf): Begin {
  return (queryRunner) => {
    const dataSource = dataSourceOf(queryRunner);
    const connection = connectionOf(dataSource);
    dataSource.logger.logQuery('BEGIN IMMEDIATE', [], queryRunner);
    withoutWaiting(connection, () => connection.prepare('BEGIN IMMEDIATE').run());
  };
}

/** Runs a text of several statements. */
export function execSync(connectionOf: ConnectionOf): Exec {
  return (queryRunner, sql) => {
    connectionOf(dataSourceOf(queryRunner)).exec(sql);
  };
}

/** Switches the driver's own waiting off, because it blocks the process; `untilDeadline` waits instead. */
function withoutWaiting<Result>(connection: BetterSqlite3, attempt: () => Result): Result {
  const before = Number(connection.pragma('busy_timeout', { simple: true }));
  if (before === 0) return attempt();
  connection.pragma('busy_timeout = 0', { simple: true });
  try {
    return attempt();
  } finally {
    connection.pragma(`busy_timeout = ${before}`, { simple: true });
  }
}

/** Our own texts are few, except those with as many placeholders as there are rows. */
const MOST_STATEMENTS = 200;

interface CachedStatement {
  readonly statement: PreparedStatement;
  /** As the driver says, whose property is slow to read. */
  readonly isReader: boolean;
}

const statements = new WeakMap<BetterSqlite3, Map<string, CachedStatement>>();

/** A prepared statement, cached for the life of the connection. */
function statementOf(connection: BetterSqlite3, sql: string): CachedStatement {
  const known = statements.get(connection) ?? new Map<string, CachedStatement>();
  const cached = known.get(sql);
  if (cached) return cached;
  statements.set(connection, known);
  const statement = connection.prepare(sql);
  const isReader = statement.reader;
  if (isReader) statement.raw();
  if (known.size === MOST_STATEMENTS) known.clear();
  const made = { statement, isReader };
  known.set(sql, made);
  return made;
}
