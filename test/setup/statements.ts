/** A TypeORM logger that keeps each statement sent. */
import type { Logger } from 'typeorm';

export function statementLogger(sent: string[]): Logger {
  const ignore = () => undefined;
  return {
    logQuery: (sql) => void sent.push(sql),
    logQueryError: ignore,
    logQuerySlow: ignore,
    logSchemaBuild: ignore,
    logMigration: ignore,
    log: ignore,
  };
}
