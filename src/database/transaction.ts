/** Transactions on a query runner, of the host or of the pool. */
import type { QueryRunner } from 'typeorm';
import { TransactionLost } from './failure';
import type { Executed, Session, SessionOptions } from './session';
import { selectRows } from './session';
import type { RowValues, Script, Statement, StatementResult, Step } from './statement';
import { runScript } from './statement';
import { executeSteps } from './steps';

/**
 * Runs `work` in a transaction, or behind a savepoint when one is open, and rolls back when it throws. The level is READ
 * COMMITTED whatever the DataSource's default: a replica that waited for a lock must see what its predecessor committed.
 * The rollback is sent even when the start failed: if the connection was cut, its round trip lets the driver notice, so
 * that no dead connection goes back to the pool.
 * @throws what `work` threw, or TransactionLost when the transaction around the savepoint is no longer there
 */
export async function inTransaction<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  const isNested = queryRunner.isTransactionActive;
  try {
    await queryRunner.startTransaction(isNested ? undefined : 'READ COMMITTED');
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    const isUndone = await queryRunner.rollbackTransaction().then(
      () => true,
      () => false,
    );
    // A server that has rolled back the whole transaction does not know the savepoint any more.
    throw isNested && !isUndone ? new TransactionLost(error) : error;
  }
}

type Send = (queryRunner: QueryRunner, statement: Statement) => Promise<StatementResult>;

/** A session whose calls take part in the transaction that the host has open, each behind a savepoint. */
export class HostTransaction implements Session {
  /** @param send default: with TypeORM */
  constructor(
    private readonly queryRunner: QueryRunner,
    private readonly send: Send = sent,
  ) {}

  execute(steps: readonly Step[]): Promise<Executed> {
    return executeSteps(
      steps,
      (script) => this.transact(script),
      () => true,
    );
  }

  transact<Result>(script: () => Script<Result>): Promise<Result> {
    const send = (statement: Statement) => this.send(this.queryRunner, statement);
    return inTransaction(this.queryRunner, () => runScript(script(), send));
  }

  read(select: Statement): Promise<readonly RowValues[]> {
    return selectRows(this, select);
  }
}

/** A session in the transaction of the host, if the session was given a query runner that has one open. */
export function inHostTransaction({ queryRunner }: SessionOptions, send?: Send): HostTransaction | undefined {
  return queryRunner?.isTransactionActive ? new HostTransaction(queryRunner, send) : undefined;
}

/** Sends a statement with TypeORM. */
export async function sent(
  queryRunner: QueryRunner,
  { sql, parameters = [] }: Statement,
): Promise<StatementResult> {
  const { records, affected } = await queryRunner.query(sql, [...parameters], true);
  return { rows: valuesOf(records ?? []), affected: affected ?? 0 };
}

/** Drivers set the properties of a row in the order of the SELECT. */
export function valuesOf(rows: readonly Readonly<Record<string, unknown>>[]): RowValues[] {
  return rows.map((row) => Object.values(row));
}
