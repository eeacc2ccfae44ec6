/**
 * Injects a fault right before a statement, from outside the code under test: TypeORM tells its logger of each
 * statement, and on which connection, before it is sent.
 */
import type { Logger, QueryRunner } from 'typeorm';
import type { StartJob } from '../job';
import { serverThatCuts } from './cut';

interface PreparedFault {
  readonly logger: Logger;
  readonly statements: readonly string[];
  readonly injected: boolean;
  /** From here on statements count. */
  arm(): void;
  disarm(): void;
  end(): Promise<void>;
}

/** A driver's connection, as a query runner of either major holds it. */
interface DriverConnection {
  query: (...sent: readonly unknown[]) => unknown;
}

export async function prepareFault({ fault, connection }: StartJob): Promise<PreparedFault> {
  const statements: string[] = [];
  let armed = false;
  let injected = false;
  const cutter = fault?.kind === 'cut' ? await serverThatCuts(connection) : undefined;
  const ignore = () => undefined;

  /** The next thing that is sent waits until the server has ended the connection. */
  function cutBeforeNext(queryRunner: QueryRunner | undefined): void {
    const { databaseConnection } = queryRunner as unknown as {
      readonly databaseConnection: DriverConnection;
    };
    const query = databaseConnection.query.bind(databaseConnection);
    databaseConnection.query = (...sent) => {
      databaseConnection.query = query;
      injected = true;
      const cut = cutter?.cut(databaseConnection) ?? Promise.resolve();
      const callback = typeof sent.at(-1) === 'function';
      // What mysql2 gives to a caller with a callback must not be awaited.
      return cut.then(() => (callback ? void query(...sent) : query(...sent)));
    };
  }

  return {
    logger: {
      logQuery(sql, _parameters, queryRunner) {
        if (!armed) return;
        statements.push(sql);
        if (statements.length !== fault?.before) return;
        if (fault.kind === 'kill') process.kill(process.pid, 'SIGKILL');
        else cutBeforeNext(queryRunner);
      },
      logQueryError: ignore,
      logQuerySlow: ignore,
      logSchemaBuild: ignore,
      logMigration: ignore,
      log: ignore,
    },
    statements,
    get injected() {
      return injected;
    },
    arm() {
      armed = true;
    },
    disarm() {
      armed = false;
    },
    end: async () => cutter?.end(),
  };
}
