/**
 * A database engine: how its SQL is written, how statements run on it, and how its tables change. Code outside database/
 * uses this and never asks which engine it runs on.
 */
import type { DataSource } from 'typeorm';
import type { Catalogue } from './catalogue';
import type { ColumnValues } from './column-values';
import type { Dialect } from './dialect';
import type { DatabaseFailure } from './failure';
import type { SchemaTools } from './schema-tools';
import type { Session, SessionOptions } from './session';

export interface Engine {
  /** Name of the engine in messages. */
  readonly label: string;
  readonly dialect: Dialect;
  /** The next three are for migrations alone. */
  readonly catalogue: Catalogue;
  readonly columnValues: ColumnValues;
  readonly schema: SchemaTools;
  /** What kind of failure a driver's error is. */
  failure(this: void, error: unknown): DatabaseFailure;
  session(dataSource: DataSource, options: SessionOptions): Session;
  /**
   * A DataSource whose writes never become part of a transaction of the host: the given one where each transaction has
   * its own connection, else a new one, which the caller must destroy.
   */
  apart(dataSource: DataSource): Promise<DataSource>;
}

/** A DataSource with its engine and a session: what code that reads and writes rows is given. */
export interface Database {
  readonly dataSource: DataSource;
  readonly engine: Engine;
  readonly session: Session;
}
