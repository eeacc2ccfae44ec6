/**
 * SQLite: one connection for each DataSource, one writer for each file. Our transactions take the write lock at their
 * start (BEGIN IMMEDIATE) and hold nothing while they wait for it.
 */
import type { Engine } from '../engine';
import { inHostTransaction } from '../transaction';
import { openApart } from './apart';
import type { ConnectionOf } from './better-sqlite3';
import {
  beginImmediate,
  betterSqlite3Of,
  BetterSqlite3Session,
  runText as runTextAtOnce,
} from './better-sqlite3';
import { sqliteDialect } from './dialect';
import { sqliteFailure } from './failure';
import { sqliteSchema } from './schema-tools';
import { sqlJsOf } from './sql-js';
import { begin, runText, Sqlite3Session } from './sqlite3';

const shared = { label: 'SQLite', dialect: sqliteDialect, failure: sqliteFailure, apart: openApart } as const;

/** With a driver that is synchronous. */
const synchronous = (connectionOf: ConnectionOf): Engine => ({
  ...shared,
  schema: sqliteSchema(beginImmediate(connectionOf), runTextAtOnce(connectionOf)),
  session: (dataSource, options) =>
    inHostTransaction(options) ?? new BetterSqlite3Session(dataSource, options, connectionOf),
});

export const betterSqlite3: Engine = synchronous(betterSqlite3Of);

export const sqlJs: Engine = synchronous(sqlJsOf);

export const sqlite3: Engine = {
  ...shared,
  schema: sqliteSchema(begin, runText),
  session: (dataSource, options) => inHostTransaction(options) ?? new Sqlite3Session(dataSource, options),
};
