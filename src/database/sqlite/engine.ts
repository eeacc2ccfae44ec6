/**
 * SQLite: one connection for each DataSource, one writer for each file. Our transactions take the write lock at their
 * start (BEGIN IMMEDIATE) and hold nothing while they wait for it.
 */
import type { Engine } from '../engine';
import { inHostTransaction } from '../transaction';
import { openApart } from './apart';
import { beginImmediate, BetterSqlite3Session, runText as runBetterText } from './better-sqlite3';
import { sqliteDialect } from './dialect';
import { sqliteFailure } from './failure';
import { sqliteSchema } from './schema-tools';
import { begin, runText, Sqlite3Session } from './sqlite3';

const shared = { label: 'SQLite', dialect: sqliteDialect, failure: sqliteFailure, apart: openApart } as const;

export const betterSqlite3: Engine = {
  ...shared,
  schema: sqliteSchema(beginImmediate, runBetterText),
  session: (dataSource, options) =>
    inHostTransaction(options) ?? new BetterSqlite3Session(dataSource, options),
};

export const sqlite3: Engine = {
  ...shared,
  schema: sqliteSchema(begin, runText),
  session: (dataSource, options) => inHostTransaction(options) ?? new Sqlite3Session(dataSource, options),
};
