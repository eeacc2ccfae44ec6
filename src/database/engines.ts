/** The engines, and which one a DataSource has. */
import type { DataSource } from 'typeorm';
import type { ServedType } from './data-source-type';
import { servedType } from './data-source-type';
import type { Database, Engine } from './engine';
import { mysqlCatalogue } from './mysql/catalogue';
import { sendWithoutEscapes } from './mysql/client';
import { mysqlColumnValues } from './mysql/column-values';
import { mysqlDialect, mysqlFailure } from './mysql/dialect';
import { mysqlSchema } from './mysql/schema-tools';
import { MysqlSession } from './mysql/session';
import { postgresCatalogue } from './postgres/catalogue';
import { postgresColumnValues } from './postgres/column-values';
import { postgresDialect, postgresFailure } from './postgres/dialect';
import { postgresSchema } from './postgres/schema-tools';
import { PostgresSession } from './postgres/session';
import type { SessionOptions } from './session';
import { openApart } from './sqlite/apart';
import type { ConnectionOf } from './sqlite/better-sqlite3';
import { beginSync, betterSqlite3Of, BetterSqlite3Session, execSync } from './sqlite/better-sqlite3';
import { sqliteCatalogue } from './sqlite/catalogue';
import { sqliteColumnValues } from './sqlite/column-values';
import { sqliteDialect, sqliteFailure } from './sqlite/dialect';
import { sqliteSchema } from './sqlite/schema-tools';
import { sqlJsOf } from './sqlite/sql-js';
import { beginAsync, execAsync, Sqlite3Session } from './sqlite/sqlite3';
import { inHostTransaction } from './transaction';

const postgres: Engine = {
  label: 'PostgreSQL',
  dialect: postgresDialect,
  catalogue: postgresCatalogue,
  columnValues: postgresColumnValues,
  schema: postgresSchema,
  failure: postgresFailure,
  session: (dataSource, options) => inHostTransaction(options) ?? new PostgresSession(dataSource, options),
  apart: async (dataSource) => dataSource,
};

const mysql: Engine = {
  label: 'MariaDB or MySQL',
  dialect: mysqlDialect,
  catalogue: mysqlCatalogue,
  columnValues: mysqlColumnValues,
  schema: mysqlSchema,
  failure: mysqlFailure,
  session: (dataSource, options) =>
    inHostTransaction(options, sendWithoutEscapes) ?? new MysqlSession(dataSource, options),
  apart: async (dataSource) => dataSource,
};

/**
 * One connection for each DataSource, one writer for each file. Our transactions take the write lock at their start (BEGIN
 * IMMEDIATE) and hold nothing while they wait for it.
 */
const sqlite = {
  label: 'SQLite',
  dialect: sqliteDialect,
  catalogue: sqliteCatalogue,
  columnValues: sqliteColumnValues,
  failure: sqliteFailure,
  apart: openApart,
} as const;

/** With a driver that is synchronous. */
const synchronousSqlite = (connectionOf: ConnectionOf): Engine => ({
  ...sqlite,
  schema: sqliteSchema(beginSync(connectionOf), execSync(connectionOf)),
  session: (dataSource, options) =>
    inHostTransaction(options) ?? new BetterSqlite3Session(dataSource, options, connectionOf),
});

const betterSqlite3: Engine = synchronousSqlite(betterSqlite3Of);

const sqlJs: Engine = synchronousSqlite(sqlJsOf);

const sqlite3: Engine = {
  ...sqlite,
  schema: sqliteSchema(beginAsync, execAsync),
  session: (dataSource, options) => inHostTransaction(options) ?? new Sqlite3Session(dataSource, options),
};

const engines: Readonly<Record<ServedType, Engine>> = {
  'better-sqlite3': betterSqlite3,
  sqlite: sqlite3,
  sqljs: sqlJs,
  postgres,
  mysql,
  mariadb: mysql,
};

/**
 * The engine behind a DataSource.
 * @throws ConnectionsError `engine_unsupported`
 */
export function engineOf(dataSource: DataSource): Engine {
  return engines[servedType(dataSource.options)];
}

/**
 * @param dataSource one on which the host has no transaction open
 * @throws ConnectionsError `engine_unsupported`
 */
export function databaseOn(dataSource: DataSource, options: SessionOptions): Database {
  const engine = engineOf(dataSource);
  const session = engine.session(dataSource, options);
  return { dataSource, engine, session };
}
