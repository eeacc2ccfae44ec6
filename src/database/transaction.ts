/** Transactions on a query runner, of the host or of the pool. */
import type { QueryRunner } from 'typeorm';
import { TransactionLost } from './failure';
import type { Executed, Session, SessionOptions } from './session';
import { executeSteps, selectRows } from './session';
import type { RowValues, Script, Statement, StatementResult, Step } from './statement';
import { runScript } from './statement';

/**
 * Runs `work` in a transaction, and rolls back when it throws. The level is READ COMMITTED whatever the DataSource's default: a
 * replica that waited for a lock must see what its predecessor committed. The rollback is sent even when the start failed: if
 * the connection was cut, its round trip lets the driver notice, so that no dead connection goes back to the pool.
 * @throws what `work` threw
 */
export async function inTransaction<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await queryRunner.startTransaction('READ COMMITTED');
    const result = await work();
    await queryRunner.commitTransaction();
    return result;
  } catch (error) {
    await queryRunner.rollbackTransaction().catch(() => undefined);
    throw error;
  }
}

const SAVEPOINT = 'SAVEPOINT mcp_connections';

/**
 * Runs `work` behind a savepoint of the transaction that is open.
 * @throws what `work` threw, or TransactionLost when the transaction around the savepoint is no longer there
 */
async function behindSavepoint<Result>(
  queryRunner: QueryRunner,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    await queryRunner.query(SAVEPOINT);
    // MariaDB takes a savepoint where there is no transaction, and forgets it at once: nothing may be written then.
    await queryRunner.query(`ROLLBACK TO ${SAVEPOINT}`);
    const result = await work();
    await queryRunner.query(`RELEASE ${SAVEPOINT}`);
    return result;
  } catch (error) {
    // A server that has rolled back the whole transaction does not know the savepoint any more.
    const isThere = await queryRunner.query(`ROLLBACK TO ${SAVEPOINT}`).then(
      () => true,
      () => false,
    );
    if (isThere) throw error;
    await queryRunner.query('ROLLBACK').catch(() => undefined);
    // Otherwise TypeORM would take the next transaction of the host for a savepoint of this one.
    Object.assign(queryRunner, { isTransactionActive: false, transactionDepth: 0 });
    throw new TransactionLost(error);
  }
}

type Send = (queryRunner: QueryRunner, statement: Statement) => Promise<StatementResult>;

/** A session whose calls take part in the transaction that the host has open, each behind a savepoint. */
export class HostTransaction implements Session {
  /** The host's settings hold. */
  readonly limitsRowWaits = false;
  /** @param send default: with TypeORM */
  constructor(
    private readonly queryRunner: QueryRunner,
    private readonly send: Send = sendStatement,
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
    return behindSavepoint(this.queryRunner, () => runScript(script(), send));
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
export async function sendStatement(
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
